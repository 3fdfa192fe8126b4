"""Transcripts: conversations as text, one line a stimulus or an expectation, with its reason behind '#'.

    define NAME octets      an abbreviation, used by its name
    [NAME/subtest] title    begins a transcript of the plan's test NAME
    client reader           who speaks (reader is the default); where nothing else is said its link is closed
    > octets                sends a frame as it stands
    < octets                the next frame from the meter
    link                    SNRM and UA, for the lines with APDUs
    associate               link, then the client's own AARQ and its acceptance
    disconnect              DISC and UA or DM
    segment N               sends the following APDUs in information fields of N octets
    >> octets               sends an APDU in I frames
    << octets               the APDU that answers it; `nothing`: the meter took it and answers nothing
    silence                 no frame comes
    wait inter-octet        longer than the inter-octet timeout

Under an expectation, `|` begins an alternative that the standard allows, and `~` one that is accepted but told in the
document as a difference, with the text behind '#'. In an expectation `..` is any octet, and `...` any that follow.
At the end the meter must answer a DISC with UA or DM, and must not have sent anything else.
"""
import re
from collections import namedtuple

import apdu
import declaration
import hdlc
from meter import QUIET_S, wait_inter_octet

Alternative = namedtuple("Alternative", "pattern text differs comment")
Step = namedtuple("Step", "line verb octets alternatives")
CLIENTS = {client.name: client for client in declaration.CLIENTS}


class Transcript:
    def __init__(self, name, subtest, title, client, path):
        self.name, self.subtest, self.title, self.client, self.path, self.steps = name, subtest, title, client, path, []

    @property
    def identity(self):
        return f"{self.name}/{self.subtest}" if self.subtest else self.name


def read(path):
    """Every transcript of a file; a line that is not understood raises."""
    defined, transcripts = {}, []
    for number, whole in enumerate(path.read_text().splitlines(), 1):
        line, _, comment = (part.strip() for part in whole.partition("#"))
        if not line:
            continue
        where = f"{path.name}:{number}"
        verb, _, rest = line.partition(" ")
        heading = re.fullmatch(r"\[([A-Z0-9_a-z]+)(?:/(\S+))?\] (.+)", line)
        if heading:
            transcripts.append(Transcript(*heading.groups(), declaration.READER, path))
        elif verb == "define":
            name, _, octets = rest.strip().partition(" ")
            defined[name] = _octets(octets, defined, where)
        elif verb == "client":
            transcripts[-1].client = CLIENTS[rest.strip()]
        else:
            _step(transcripts[-1].steps, verb, rest.strip(), comment, defined, where)
    return transcripts


def _step(steps, verb, rest, comment, defined, where):
    if verb in (">", ">>"):
        steps.append(Step(where, verb, bytes.fromhex("".join(_octets(rest, defined, where))), []))
    elif verb in ("<", "<<", "silence"):
        steps.append(Step(where, "<<" if verb == "<<" else "<", None, [_alternative(verb, rest, comment, defined, where)]))
    elif verb in ("|", "~"):
        steps[-1].alternatives.append(_alternative(verb, rest, comment, defined, where))
    elif verb in ("link", "associate", "disconnect") and not rest or (verb, rest) == ("wait", "inter-octet"):
        steps.append(Step(where, verb, None, []))
    elif verb == "segment":
        steps.append(Step(where, verb, int(rest), []))
    else:
        raise ValueError(f"{where}: {verb} {rest}")


def _alternative(verb, rest, comment, defined, where):
    nothing = verb == "silence" or rest in ("silence", "nothing")
    tokens = None if nothing else _octets(rest, defined, where)
    return Alternative(tokens, "silence" if nothing else rest, verb == "~", comment)


def _octets(text, defined, where):
    """The tokens of a line, abbreviations put in."""
    tokens = []
    for token in text.split():
        if token in defined:
            tokens += defined[token]
        elif re.fullmatch(r"([0-9A-F]{2})+|\.\.|\.\.\.", token):
            tokens.append(token)
        else:
            raise ValueError(f"{where}: {token!r} is neither octets nor defined")
    return tokens


def matches(tokens, octets):
    """tokens None: no octets at all"""
    if tokens is None or octets is None:
        return tokens is None and octets is None
    form = b"".join(b"(?s:.*)" if token == "..." else b"(?s:.)" if token == ".." else re.escape(bytes.fromhex(token))
                    for token in tokens)
    return re.fullmatch(form, octets) is not None


class Player:
    """Plays one transcript on a channel. `differs` collects the reasons of the `~` alternatives that came true."""

    def __init__(self, channel, transcript):
        self.channel, self.transcript, self.differs = channel, transcript, []
        self.link = hdlc.Link(channel, transcript.client.address)
        self.log, self.segment, self.answer = [], None, None

    def play(self):
        try:
            for step in self.transcript.steps:
                self.log.append(f"{step.line} {step.verb}")
                self._play(step)
            self.log.append("end: DISC")
            assert not self.channel.pending, f"unexpected: {self.channel.pending.hex(' ')}"
            self.link.disconnect()
        except AssertionError as error:
            raise AssertionError("\n".join(["", *self.log, str(error)])) from None

    def _play(self, step):
        if step.verb == ">":
            self.channel.send(step.octets)
            self.log.append("  > " + step.octets.hex(" "))
        elif step.verb == ">>":
            self.log.append("  >> " + step.octets.hex(" "))
            self.answer = self.link.request(step.octets, self.segment)
        elif step.verb == "<<":
            self._expect(step, self.answer)
        elif step.verb == "<":
            self._expect(step, self._frame(step))
        elif step.verb == "wait":
            wait_inter_octet()
        elif step.verb == "segment":
            self.segment = step.octets
        elif step.verb == "disconnect":
            self.link.disconnect()
        else:
            self.link.connect()
            if step.verb == "associate":
                associate(self.link, self.transcript.client)

    def _frame(self, step):
        """The next frame; only where silence is allowed, none after a short while is one, too."""
        if any(alternative.pattern is None for alternative in step.alternatives) and not self.channel.pending and \
                not self.channel.more(timeout_s=_quiet_s(step)):
            return None
        return self.channel.receive()

    def _expect(self, step, octets):
        self.log.append("  < " + (octets.hex(" ") if octets is not None else "silence"))
        for alternative in step.alternatives:
            if matches(alternative.pattern, octets):
                if alternative.differs:
                    self.differs.append(alternative.comment)
                return
        raise AssertionError("expected " + " or ".join(alternative.text for alternative in step.alternatives))


def _quiet_s(step):
    """Where an answer is allowed as well as silence, it is awaited longer: a later one would be taken for the next."""
    return QUIET_S if len(step.alternatives) == 1 else 0.5


def associate(link, client, **proposal):
    """The client's own AARQ, accepted; returns the parsed AARE."""
    answer = link.request(apdu.aarq(client.password, **proposal))
    assert answer is not None, "no answer to the AARQ"
    aare = apdu.parse_aare(answer)
    assert aare.result == 0, f"AARE {answer.hex(' ')}"
    return aare
