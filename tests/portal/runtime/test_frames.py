"""What clients of live sockets may send, and what becomes of the rest."""

import pytest

from portal.runtime.frames import MAX_FRAME_LENGTH, CloseCode, Intake, Wish

ASK = '{"type":"snapshot"}'


def test_a_client_may_ask_for_a_snapshot():
    assert Intake().take(ASK, 5.0) is Wish.SNAPSHOT


@pytest.mark.parametrize(
    "frame",
    [
        None,
        "",
        "nonsense",
        "[]",
        '"snapshot"',
        "null",
        "{}",
        '{"type":"delta"}',
        '{"type":["snapshot"]}',
        "[" * 4000,
        ASK + " " * MAX_FRAME_LENGTH,
        "\udcff",
    ],
)
def test_what_is_not_understood_is_answered_with_an_error(frame):
    answer = Intake().take(frame, 5.0)

    assert isinstance(answer, str)
    assert answer.startswith('{"type":"error","message":"')


def test_who_sends_too_much_is_told_once_and_then_let_go():
    intake = Intake()
    answers = [intake.take("x", 5.0) for _ in range(202)]

    assert "Too many" in str(answers[20])
    assert set(answers[21:200]) == {None}
    assert answers[201] is CloseCode.TOO_MANY_FRAMES


def test_who_calms_down_is_heard_again():
    intake = Intake()
    for _ in range(100):
        intake.take("x", 5.0)

    assert intake.take(ASK, 15.1) is Wish.SNAPSHOT
