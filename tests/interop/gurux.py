"""A reader on gurux-dlms and gurux-net, driven as the makers' example client drives them."""
import time

from gurux_common import ReceiveParameters, TimeoutException
from gurux_dlms import GXByteBuffer, GXDLMSClient, GXDLMSException, GXReplyData
from gurux_dlms.enums import Authentication, InterfaceType, ObjectType
from gurux_net import GXNet
from gurux_net.enums import NetworkType

import wire

# What the example client waits over mode E; the meter needs none of it on a socket.
EXAMPLE_PAUSE_S = 1.0
CONFIRMATION_MS = 200
ANSWER_MS = 5000


class Gurux:
    """`information` and `window` are proposed in the SNRM; None proposes nothing, as the example client does."""

    def __init__(self, port, association, optical=False, pdu=0xFFFF, information=None, window=None, pause_s=0.0,
                 lower=None):
        interface = InterfaceType.HDLC_WITH_MODE_E if optical else InterfaceType.HDLC
        authentication = Authentication.NONE if association.password is None else Authentication.LOW
        server = 1 if lower is None else GXDLMSClient.getServerAddress(1, lower)
        self.client = GXDLMSClient(True, association.sap, server, authentication,
                                   (association.password or b"").decode(), interface)
        self.client.maxReceivePDUSize = pdu
        if information is not None:
            self.client.hdlcSettings.maxInfoTX = self.client.hdlcSettings.maxInfoRX = information
        if window is not None:
            self.client.hdlcSettings.windowSizeTX = self.client.hdlcSettings.windowSizeRX = window
        self.pause_s = pause_s
        self.media = GXNet(NetworkType.TCP, wire.HOST, port)
        self.objects = None

    def open(self):
        """Sign-on where the port has one, SNRM, AARQ. Raises what the client raises when it is refused."""
        self.media.open()
        try:
            if self.client.interfaceType == InterfaceType.HDLC_WITH_MODE_E:
                self._sign_on()
            self.client.parseUAResponse(self._exchange(self.client.snrmRequest()).data)
            self.client.parseAareResponse(self._exchange(self.client.aarqRequest()).data)
        except BaseException:
            self.media.close()
            raise
        return self

    def close(self):
        if self.media.isOpen():
            try:
                self._exchange(self.client.disconnectRequest())
            finally:
                self.media.close()

    def vanish(self):
        """As when the program dies: neither RLRQ nor DISC."""
        self.media.close()

    def __enter__(self):
        return self.open()

    def __exit__(self, *unused):
        self.close()

    def _sign_on(self):
        p = ReceiveParameters()
        p.allData, p.eop, p.waitTime = True, "\n", ANSWER_MS
        with self.media.getSynchronous():
            self.media.send("/?!\r\n")
            assert self.media.receive(p), "no identification"
            assert chr(p.reply[0]) == "/", p.reply
            baud = p.reply[4]
            assert baud == ord("5"), p.reply
            p.reply = None
            self.media.send(bytearray([0x06, ord("2"), baud, ord("2"), 13, 10]))
            time.sleep(self.pause_s)
            p.waitTime = CONFIRMATION_MS
            self.media.receive(p)
            time.sleep(self.pause_s)

    def _packet(self, data, reply):
        p = ReceiveParameters()
        p.eop, p.allData, p.waitTime, p.count = 0x7E, True, ANSWER_MS, 5
        self.media.eop = 0x7E
        received = GXByteBuffer()
        notify = GXReplyData()
        with self.media.getSynchronous():
            if data is not None:
                self.media.send(data)
            while not self.client.getData(received, reply, notify):
                if not self.media.receive(p):
                    raise TimeoutException("no answer from the meter")
                received.set(p.reply)
                p.reply = None
        if reply.error:
            raise GXDLMSException(reply.error)

    def _exchange(self, messages):
        """Sends one request, in as many frames and blocks as it takes, and gathers the answer."""
        reply = GXReplyData()
        for message in messages if isinstance(messages, list) else [messages]:
            reply.clear()
            self._packet(message, reply)
            while reply.isMoreData():
                self._packet(None if reply.isStreaming() else self.client.receiverReady(reply), reply)
        return reply

    def object_list(self, selector=None):
        """{name: (class, version, {attribute: mode}, {method: mode})}; `selector`: octets of selective access, or all."""
        # The client has selectors for profiles only, through this function. A request that is made must be sent.
        reply = self._exchange(self.client.getObjectsRequest() if selector is None else self.client._read(
            "0.0.40.0.0.255", ObjectType.ASSOCIATION_LOGICAL_NAME, 2, GXByteBuffer(selector)))
        self.objects = {o.logicalName: o for o in self.client.parseObjects(reply.data, False)}
        return {name: (int(o.objectType), o.version, {a.index: int(a.access) for a in o.attributes},
                       {m.index: int(m.methodAccess) for m in o.methodAttributes})
                for name, o in self.objects.items()}

    def object(self, ic, name):
        if self.objects and name in self.objects:
            return self.objects[name]
        o = self.client.createObject(ic)
        o.logicalName = name
        return o

    def _know_columns(self, o, attribute):
        """The client decodes the buffer of a profile by its columns, which it must have read."""
        if o.objectType == ObjectType.PROFILE_GENERIC and attribute == 2 and not o.captureObjects:
            self.client.updateValue(o, 3, self._exchange(self.client.read(o, 3)).value)

    def read(self, ic, name, attribute):
        """The encoded value. The client has decoded it and put it into its object as well."""
        o = self.object(ic, name)
        self._know_columns(o, attribute)
        reply = self._exchange(self.client.read(o, attribute))
        self.client.updateValue(o, attribute, reply.value)
        return bytes(reply.data.array())

    def read_value(self, ic, name, attribute):
        """The value as the client's object shows it."""
        o = self.object(ic, name)
        self._know_columns(o, attribute)
        reply = self._exchange(self.client.read(o, attribute))
        return self.client.updateValue(o, attribute, reply.value)

    def read_list(self, references):
        """GET with list through readList: values by position, as the client decodes them."""
        items = [(self.object(ic, name), attribute) for ic, name, attribute in references]
        values = []
        for message in self.client.readList(items):
            values += self._exchange(message).value
        return values

    def write(self, o, attribute):
        self._exchange(self.client.write(o, attribute))

    def method(self, o, index, value, data_type):
        self._exchange(self.client.method(o, index, value, data_type))
