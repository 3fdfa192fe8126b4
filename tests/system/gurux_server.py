"""A meter of another maker: gurux-dlms's GXDLMSServer with a clock, registers and a profile, on a TCP port of the loopback.

The package's server part is a port that was not finished: some of its calls name methods that do not exist. What is
mended here says so. APDUs, data and frames are all coded by the package.
"""
import datetime
import socket
import threading

from gurux_dlms import GXByteBuffer, GXDateTime, GXDLMSServer
from gurux_dlms.enums import AccessMode, Authentication, DataType, InterfaceType, MethodAccessMode, ObjectType, SourceDiagnostic, Unit
from gurux_dlms.GXDLMS import GXDLMS
from gurux_dlms.GXDLMSLongTransaction import GXDLMSLongTransaction
from gurux_dlms.GXServerReply import GXServerReply
from gurux_dlms.ValueEventArgs import ValueEventArgs
from gurux_dlms.internal._GXCommon import _GXCommon
from gurux_dlms.objects import (GXDLMSAssociationLogicalName, GXDLMSCaptureObject, GXDLMSClock, GXDLMSData,
                                GXDLMSProfileGeneric, GXDLMSRegister)

HOST = "127.0.0.1"
PASSWORD = b"Gurux123"
ZONE = datetime.timezone(datetime.timedelta(hours=2))
BEGIN = datetime.datetime(2024, 3, 30, 22, 0, tzinfo=ZONE)
ROWS = 200
PERIOD = datetime.timedelta(minutes=15)


def stamp(time):
    """The 12 octets of a date-time, by the package."""
    out = GXByteBuffer()
    _GXCommon.setData(None, out, DataType.OCTET_STRING, GXDateTime(time))
    return bytes(out.array())[2:]


class Profile(GXDLMSProfileGeneric):
    """Selects rows itself: the package's selection compares times with 0 and takes counts for ends."""

    def getValue(self, settings, e):
        if e.index != 2:
            return super().getValue(settings, e)
        rows, columns = list(self.buffer), list(range(len(self.captureObjects)))
        if e.selector == 1:
            begin, end = (_GXCommon.changeType(settings, bytearray(octets), DataType.DATETIME).value.replace(tzinfo=ZONE)
                          for octets in e.parameters[1:3])
            rows = [row for row in rows if begin <= row[0].value <= end]
            wanted = [(int(ic), _GXCommon.toLogicalName(name), attribute) for ic, name, attribute, _ in e.parameters[3]]
            if wanted:
                columns = [i for i in columns if (int(self.captureObjects[i][0].objectType), self.captureObjects[i][0].logicalName,
                                                  self.captureObjects[i][1].attributeIndex) in wanted]
        elif e.selector == 2:
            first, last, first_column, last_column = e.parameters
            rows = rows[first - 1:last or None]
            columns = columns[first_column - 1:last_column or None]
        out = GXByteBuffer()
        out.setUInt8(DataType.ARRAY)
        _GXCommon.setObjectCount(len(rows), out)
        for row in rows:
            out.setUInt8(DataType.STRUCTURE)
            _GXCommon.setObjectCount(len(columns), out)
            for i in columns:
                _GXCommon.setData(settings, out, (DataType.OCTET_STRING, DataType.UINT32, DataType.INT32)[i], row[i])
        e.byteArray = True
        return out


class Meter(GXDLMSServer):
    def __init__(self, sap=1):
        super().__init__(True, InterfaceType.HDLC)
        self._mend()
        self.clock = GXDLMSClock("0.0.1.0.0.255")
        self.clock.time, self.clock.timeZone, self.clock.deviation = GXDateTime(BEGIN), -120, 60
        self.energy = GXDLMSRegister("1.0.1.8.0.255")
        self.energy.scaler, self.energy.unit, self.energy.value = 0.1, Unit.ACTIVE_ENERGY, 1234567
        self.energy.setDataType(2, DataType.UINT32)
        self.power = GXDLMSRegister("1.0.16.7.0.255")
        self.power.scaler, self.power.unit, self.power.value = 0.001, Unit.ACTIVE_POWER, -42
        self.power.setDataType(2, DataType.INT32)
        self.name = GXDLMSData("0.0.42.0.0.255")
        self.name.value = bytearray(b"GRX0000000001")
        self.name.setDataType(2, DataType.OCTET_STRING)
        self.profile = Profile("1.0.99.1.0.255")
        self.profile.capturePeriod = 900
        self.profile.captureObjects = [(self.clock, GXDLMSCaptureObject(2, 0)), (self.energy, GXDLMSCaptureObject(2, 0)),
                                       (self.power, GXDLMSCaptureObject(2, 0))]
        self.profile.buffer = [[GXDateTime(BEGIN + i * PERIOD), 1000 + 25 * i, 100 - i] for i in range(ROWS)]
        self.profile.entriesInUse = self.profile.profileEntries = ROWS
        association = GXDLMSAssociationLogicalName()
        for o in (association, self.clock, self.energy, self.power, self.name, self.profile):
            self.items.append(o)
            association.objectList.append(o)
        self.initialize()

    # What the unfinished port calls and does not have.
    def _mend(self):
        self.settings.gbtWndowSize = 1
        self.settings.getMaxPduSize = lambda: self.settings.maxPduSize
        GXDLMSLongTransaction.setData = self._keep_rest
        ValueEventArgs.isSkipMaxPduSize = True

    @staticmethod
    def _keep_rest(transaction, data):
        transaction.data = GXByteBuffer(data.array()[data.position:])

    def getTransaction(self):
        return self.transaction

    def setTransaction(self, value):
        self.transaction = value

    def notifyRead(self, *unused):
        pass

    onPostRead = onPreRead = onPreWrite = onPostWrite = onPreAction = onPostAction = notifyRead
    onConnected = onDisconnected = onInvalidConnection = notifyRead

    def handleSnrmRequest(self, data):
        GXDLMS.parseSnrmUaResponse(data, self.settings.hdlc)
        self.reset(True)
        self.replyData.set(bytearray(b"\x81\x80\x14\x05\x02\x00\x80\x06\x02\x00\x80\x07\x04\x00\x00\x00\x01\x08\x04\x00\x00\x00\x01"))
        self.settings.hdlc.maxInfoTX = self.settings.hdlc.maxInfoRX = 128
        self.settings.connected = 1

    def generateDisconnectRequest(self):
        pass

    # What the meter decides.
    def isTarget(self, serverAddress, clientAddress):
        return serverAddress == 1

    def onValidateAuthentication(self, authentication, password):
        self.settings.maxPduSize = min(self.settings.maxPduSize, 200)  # long answers come in blocks
        good = authentication == Authentication.LOW and bytes(password or b"") == PASSWORD
        return SourceDiagnostic.NONE if good else SourceDiagnostic.AUTHENTICATION_FAILURE

    def onFindObject(self, objectType, sn, ln):
        return None

    def onGetAttributeAccess(self, arg):
        return AccessMode.READ

    def onGetMethodAccess(self, arg):
        return MethodAccessMode.NO_ACCESS


class Server:
    """Serves one connection after the other until it is closed."""

    def __init__(self, meter=Meter):
        self.make, self.trouble = meter, []
        self.socket = socket.create_server((HOST, 0))
        self.port = self.socket.getsockname()[1]
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            with connection:
                self._serve(connection, self.make())

    def _serve(self, connection, meter):
        while octets := connection.recv(4096):
            reply = GXServerReply(bytearray(octets))
            reply.setReply = lambda value, r=reply: setattr(r, "reply", value)
            reply.getConnectionInfo = lambda: None
            meter.handleRequest(reply)
            if reply.reply:
                connection.sendall(bytes(reply.reply))

    def close(self):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        self.thread.join()


if __name__ == "__main__":
    server = Server()
    print(server.port, flush=True)
    server.thread.join()
