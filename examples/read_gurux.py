#!/usr/bin/env python3
"""Reads the meter with Gurux's client: mode E sign-on and HDLC on the optical port: read_gurux.py [--port 4061]

Lists every object of the association and reads its second attribute.
Needs: pip install gurux-dlms gurux-net gurux-common
"""
import argparse

from gurux_common import ReceiveParameters
from gurux_common.enums import TraceLevel
from gurux_dlms import GXByteBuffer, GXDLMSClient, GXReplyData
from gurux_dlms.enums import Authentication, InterfaceType, ObjectType
from gurux_dlms.GXDLMSException import GXDLMSException
from gurux_net import GXNet
from gurux_net.enums import NetworkType


class Reader:
    def __init__(self, host, port, client_address, password):
        authentication = Authentication.LOW if password else Authentication.NONE
        self.client = GXDLMSClient(True, client_address, 1, authentication, password or None, InterfaceType.HDLC)
        self.media = GXNet(NetworkType.TCP, host, port)
        self.media.trace = TraceLevel.OFF
        self.media.open()

    def sign_on(self):
        """IEC 62056-21 mode E: request, identification, acknowledgement with 9600 baud and HDLC, confirmation."""
        identification = self.line(b"/?!\r\n")
        self.line(b"\x06252\r\n")
        return identification

    def line(self, octets):
        received = ReceiveParameters()
        received.eop, received.waitTime = "\n", 5000
        with self.media.getSynchronous():
            self.media.send(octets, None)
            if not self.media.receive(received):
                raise SystemExit("The meter does not answer the sign-on.")
        return received.reply

    def exchange(self, frames):
        """Sends request frames and returns the whole reply, whatever the number of frames and blocks."""
        reply = GXReplyData()
        for frame in frames if isinstance(frames, list) else [frames]:
            self.frame(frame, reply)
            while reply.isMoreData():
                self.frame(self.client.receiverReady(reply), reply)
        return reply

    def frame(self, octets, reply):
        received = ReceiveParameters()
        received.eop, received.waitTime, received.allData = 0x7E, 5000, False
        pending = GXByteBuffer()
        reply.error = 0
        with self.media.getSynchronous():
            self.media.send(octets, None)
            complete = False
            while not complete:
                received.reply = None
                if not self.media.receive(received):
                    raise SystemExit("The meter does not answer.")
                pending.set(received.reply)
                complete = self.client.getData(pending, reply)
        if reply.error:
            raise GXDLMSException(reply.error)

    def connect(self):
        reply = self.exchange(self.client.snrmRequest())
        self.client.parseUAResponse(reply.data)
        reply = self.exchange(self.client.aarqRequest())
        self.client.parseAareResponse(reply.data)

    def objects(self):
        reply = self.exchange(self.client.getObjectsRequest())
        return self.client.parseObjects(reply.data, True, False)

    def read(self, item, attribute):
        reply = self.exchange(self.client.read(item, attribute))
        return self.client.updateValue(item, attribute, reply.value)

    def disconnect(self):
        self.exchange(self.client.disconnectRequest())


def value_of(reader, item):
    """What an object is there for; of a profile, how many rows it has."""
    if item.objectType == ObjectType.ASSOCIATION_LOGICAL_NAME:
        return ""
    if item.objectType == ObjectType.PROFILE_GENERIC:
        return f"{reader.read(item, 7)} rows"
    if item.objectType == ObjectType.REGISTER:
        reader.read(item, 3)
    return reader.read(item, 2)


def print_object(reader, item):
    try:
        value = value_of(reader, item)
    except GXDLMSException as error:
        value = f"({error})"
    print(f"{item.objectType!s:40} {item.logicalName:18} {value} {getattr(item, 'unit', '')}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=4061)
    parser.add_argument("--client", type=int, default=32, help="16: public, 32: reader, 48: administrator")
    parser.add_argument("--password", default="00000001", help="empty for the public client")
    arguments = parser.parse_args()

    reader = Reader(arguments.host, arguments.port, arguments.client, arguments.password)
    try:
        print(reader.sign_on())
        reader.connect()
        for item in reader.objects():
            print_object(reader, item)
        reader.disconnect()
    finally:
        reader.media.close()


main()
