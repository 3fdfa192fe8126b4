"""Every transcript, over both ports."""
import conftest
import pytest
import transcript

TRANSCRIPTS = [item for path in sorted((conftest.HERE / "transcripts").glob("*.txt")) for item in transcript.read(path)]


@pytest.mark.parametrize("conversation", [
    pytest.param(item, id=item.identity, marks=pytest.mark.plan(item.name)) for item in TRANSCRIPTS])
def test_transcript(channel, conversation, differs):
    player = transcript.Player(channel, conversation)
    player.play()
    for reason in player.differs:
        differs(reason)
