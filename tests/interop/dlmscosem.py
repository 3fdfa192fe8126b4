"""A reader on dlms-cosem: HDLC over a TCP socket. The library has no mode E, so the sign-on is done here."""
import dataclasses

import structlog
from dlms_cosem import cosem, enumerations, utils
from dlms_cosem.client import DlmsClient
from dlms_cosem.io import HdlcTransport
from dlms_cosem.parsers import AssociationObjectListParser
from dlms_cosem.protocol import xdlms
from dlms_cosem.security import LowLevelSecurityAuthentication, NoSecurityAuthentication

import wire

BIT_STRING = 4  # the tag

structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))


class SocketIO:
    """The library's IoImplementation on a socket.

    The library takes every 7E for the end of a frame, tries, and asks for more octets when that fails; but a piece
    that is a lone 7E it takes for an opening flag and reads on at once. After an FCS that ends in 7E it would wait for
    ever, so the piece after a lone 7E that opens no frame is given as empty.
    """

    def __init__(self, port, optical):
        self.port, self.optical = port, optical
        self.wire = None
        self.frame = b""  # what has come of the present frame
        self.lone_flag = False

    def connect(self):
        self.wire = wire.Wire(self.port)
        if self.optical:
            self.wire.sign_on()

    def disconnect(self):
        self.wire.close()

    def send(self, data):
        self.wire.send(data)

    def recv(self, amount=1):
        octets = self.wire.receive(amount)
        if len(octets) != amount:
            raise TimeoutError("no answer from the meter")
        return octets

    def recv_until(self, end):
        if self.lone_flag:
            self.lone_flag = False
            return b""
        piece = b""
        while not piece.endswith(end):
            piece += self.recv()
            self.frame += piece[-1:]
        self.lone_flag = piece == end and self.frame != end
        if len(self.frame) >= 3 and len(self.frame) == (int.from_bytes(self.frame[1:3], "big") & 0x7FF) + 2:
            self.frame = b""
        return piece


@dataclasses.dataclass
class Selector:
    """The library has classes for the selectors of a profile only; it takes whatever has to_bytes."""
    octets: bytes

    def to_bytes(self):
        return self.octets


class DlmsCosem:
    """`lower`: the lower (physical) address; None sends the upper one alone."""

    def __init__(self, port, association, optical=False, pdu=0xFFFF, lower=None):
        authentication = (NoSecurityAuthentication() if association.password is None
                          else LowLevelSecurityAuthentication(secret=association.password))
        transport = HdlcTransport(client_logical_address=association.sap, server_logical_address=1,
                                  server_physical_address=lower, io=SocketIO(port, optical))
        self.client = DlmsClient(transport=transport, authentication=authentication, max_pdu_size=pdu)

    def open(self):
        self.client.connect()
        try:
            self.client.associate()
        except BaseException:
            self.vanish()
            raise
        return self

    def close(self):
        self.client.release_association()
        self.client.disconnect()

    def vanish(self):
        """As when the program dies: neither RLRQ nor DISC."""
        self.client.transport.io.disconnect()

    def __enter__(self):
        return self.open()

    def __exit__(self, kind, *unused):
        if kind is None:
            self.close()
        else:
            self.vanish()

    @staticmethod
    def _attribute(ic, name, attribute):
        return cosem.CosemAttribute(enumerations.CosemInterface(ic), cosem.Obis(*map(int, name.split("."))), attribute)

    def object_list(self, selector=None):
        """{name: (class, version, {attribute: mode}, {method: mode})}; `selector`: octets of selective access, or all."""
        items = AssociationObjectListParser.parse_bytes(self.read(15, "0.0.40.0.0.255", 2, selector))

        def mode(rights):
            return sum(1 << right for right in rights)
        return {item.logical_name.to_string("."): (
            int(item.interface), item.version,
            {n: mode(a.access_rights) for n, a in item.attribute_access_rights.items()},
            {n: mode(m.access_rights) for n, m in item.method_access_rights.items()}) for item in items}

    def read(self, ic, name, attribute, selector=None):
        """The encoded value. The library has decoded it as well, but for a bit-string: it cannot."""
        octets = self.client.get(self._attribute(ic, name, attribute), selector and Selector(selector))
        if (ic, attribute) != (15, 5) and octets[0] != BIT_STRING:
            utils.parse_as_dlms_data(octets)
        return octets

    def read_list(self, references):
        """GET with list: values by position, as the library decodes them."""
        response = self.client.get_many([
            cosem.CosemAttributeWithSelection(self._attribute(*reference), access_selection=None)
            for reference in references])
        assert isinstance(response, xdlms.GetResponseWithList), response
        return response.result

    def write(self, ic, name, attribute, octets):
        """Returns the data-access-result."""
        return int(self.client.set(self._attribute(ic, name, attribute), octets).result)
