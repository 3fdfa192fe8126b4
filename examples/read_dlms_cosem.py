#!/usr/bin/env python3
"""Reads the meter with dlms-cosem, HDLC on the Bluetooth port: read_dlms_cosem.py [--port 4062] [OBIS...]

Needs: pip install dlms-cosem
"""
import argparse
import logging

import structlog
from dlms_cosem import cosem, enumerations, utils
from dlms_cosem.client import DlmsClient
from dlms_cosem.io import BlockingTcpIO, HdlcTransport
from dlms_cosem.security import LowLevelSecurityAuthentication

REGISTERS = ["1.0.1.8.0.255", "1.0.2.8.0.255", "1.0.32.7.0.255", "1.0.31.7.0.255", "1.0.16.7.0.255", "1.0.14.7.0.255"]
UNITS = {27: "W", 28: "VA", 29: "var", 30: "Wh", 31: "VAh", 32: "varh", 33: "A", 35: "V", 44: "Hz", 8: "degrees", 255: ""}


def attribute(obis, number):
    return cosem.CosemAttribute(enumerations.CosemInterface.REGISTER, cosem.Obis.from_string(obis), number)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=4062)
    parser.add_argument("--client", type=int, default=32, help="32: reader, 48: administrator")
    parser.add_argument("--password", default="00000001")
    parser.add_argument("obis", nargs="*", default=REGISTERS, help="registers to read")
    arguments = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))

    transport = HdlcTransport(
        client_logical_address=arguments.client,
        server_logical_address=1,
        io=BlockingTcpIO(arguments.host, arguments.port),
    )
    client = DlmsClient(transport, LowLevelSecurityAuthentication(arguments.password.encode()))
    with client.session():
        for obis in arguments.obis:
            value = utils.parse_as_dlms_data(client.get(attribute(obis, 2)))
            scaler, unit = utils.parse_as_dlms_data(client.get(attribute(obis, 3)))
            print(f"{obis:16} {value * 10**scaler:.{max(0, -scaler)}f} {UNITS.get(unit, unit)}")


main()
