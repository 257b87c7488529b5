import pytest

from supervision.realtime.protocol import UNAVAILABLE, Ask, Conversation


@pytest.fixture
def conversation() -> Conversation:
    """One that has its snapshot, number 10."""
    conversation = Conversation()
    assert conversation.begin(0.0) is Ask.SNAPSHOT
    assert conversation.heard_snapshot(10, "snapshot") == "snapshot"
    return conversation


def test_deltas_before_the_snapshot_are_dropped():
    conversation = Conversation()
    conversation.begin(0.0)

    assert conversation.heard_delta(9, "nine", 0.1) is None
    assert conversation.heard_snapshot(9, "snapshot") == "snapshot"
    assert conversation.heard_delta(10, "ten", 0.2) == "ten"


def test_deltas_that_the_snapshot_contains_are_dropped(conversation: Conversation):
    assert conversation.heard_delta(9, "nine", 1.0) is None
    assert conversation.heard_delta(10, "ten", 1.0) is None
    assert conversation.heard_delta(11, "eleven", 1.0) == "eleven"


def test_a_gap_makes_it_ask_again_and_wait(conversation: Conversation):
    assert conversation.heard_delta(12, "twelve", 5.0) is Ask.SNAPSHOT
    assert conversation.heard_delta(13, "thirteen", 5.1) is None
    assert conversation.heard_snapshot(13, "again") == "again"
    assert conversation.heard_delta(14, "fourteen", 5.2) == "fourteen"


def test_another_leader_counts_otherwise(conversation: Conversation):
    assert conversation.heard_delta(5_000_000, "new leader", 5.0) is Ask.SNAPSHOT


def test_without_an_answer_it_is_unavailable_and_the_next_delta_makes_it_ask_again():
    conversation = Conversation()
    conversation.begin(0.0)

    assert conversation.waited(1.9) is None
    assert conversation.waited(2.0) == UNAVAILABLE
    assert conversation.heard_delta(3, "three", 4.0) is Ask.SNAPSHOT


def test_a_client_may_ask_while_deltas_go_on(conversation: Conversation):
    assert conversation.wished(5.0) is Ask.SNAPSHOT
    assert conversation.heard_delta(11, "eleven", 5.1) == "eleven"
    assert conversation.heard_snapshot(11, "again") == "again"
    assert conversation.waited(7.1) is None


def test_asking_twice_asks_once(conversation: Conversation):
    assert conversation.wished(5.0) is Ask.SNAPSHOT
    assert conversation.wished(5.5) is None


def test_a_snapshot_that_nobody_waits_for_is_dropped(conversation: Conversation):
    assert conversation.heard_snapshot(11, "late") is None


def test_a_client_that_fell_behind_gets_no_deltas_before_its_snapshot(conversation: Conversation):
    assert conversation.fell_behind(5.0) is Ask.SNAPSHOT
    assert conversation.heard_delta(11, "eleven", 5.1) is None
    assert conversation.heard_snapshot(11, "again") == "again"
    assert conversation.heard_delta(12, "twelve", 5.2) == "twelve"
