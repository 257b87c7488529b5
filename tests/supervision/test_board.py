from supervision.board import Board, Touched
from supervision.feed import fact_of
from supervision.frames import agent_row
from telephony import events as line
from tests.supervision.story import ANN, BOB, CENTER, LUNCH, QUEUE, SKILL, START_MS, WRAP_UP, Story
from tests.supervision.story import user as facts_of


def tell(story: Story) -> tuple[Board, set[Touched]]:
    """The board after a story, and what its last event touched."""
    board, touched = Board(), set()
    for recorded in story.events:
        touched = board.apply(fact_of(recorded.event))
    return board, touched


def row(story: Story, user_id: str = ANN) -> dict:
    return agent_row(tell(story)[0].centers[CENTER], user_id)


def test_a_new_agent_is_logged_out_since_then_and_has_the_skills_by_name():
    assert row(Story().furnish()) == {
        "id": ANN,
        "name": "Ann Red",
        "state": "LoggedOut",
        "displayName": "",
        "since": START_MS,
        "call": None,
        "skills": ["Selling"],
    }


def test_an_agents_state_is_shown_as_clients_see_it():
    shown = row(Story().furnish().later(5).login(state=LUNCH))

    assert (shown["state"], shown["displayName"], shown["reason"]) == ("NotReady", "Lunch", "lunch")
    assert shown["since"] == START_MS + 5000
    assert "workMode" not in shown


def test_the_same_state_told_again_goes_on():
    story = Story().furnish().login(state=LUNCH)
    story.later(60).mode(line.AgentNotReady, LUNCH)

    assert row(story)["since"] == START_MS


def test_a_logout_ends_the_state():
    story = Story().furnish().login().later(9).mode(line.AgentAfterCallWork, WRAP_UP)
    assert row(story)["workMode"] == "AfterCallWork"

    shown = row(story.later(1).logout())

    assert (shown["state"], shown["since"]) == ("LoggedOut", START_MS + 10_000)
    assert "workMode" not in shown


def test_a_call_is_followed_from_ringing_to_its_end():
    story = Story().furnish().login().later(1)
    story.call(line.CallQueued).call(line.CallRinging, user_id=ANN)
    expected = {"id": "c1", "state": "Ringing", "since": START_MS + 1000, "queueId": QUEUE}
    assert row(story)["call"] == expected

    story.later(2).call(line.CallAnswered, user_id=ANN)
    assert row(story)["call"] == expected | {"state": "Established", "since": START_MS + 3000}

    story.later(2).call(line.CallHeld, user_id=ANN)
    assert row(story)["call"]["state"] == "Held"

    story.call(line.CallReleased, user_id=ANN)
    assert row(story)["call"] is None


def test_of_several_calls_the_established_one_is_shown():
    story = Story().furnish().login().call(line.CallAnswered, "c1", ANN)
    story.later(1).call(line.CallHeld, "c1", ANN).call(line.CallDialing, "c2", ANN)
    assert row(story)["call"]["id"] == "c2"

    story.call(line.CallRetrieved, "c1", ANN)
    assert row(story)["call"]["id"] == "c1"


def test_a_renamed_skill_touches_those_who_have_it():
    board, touched = tell(Story().furnish().provision("skills", SKILL, {"name": "Advising"}))

    assert touched == {("skills", SKILL), ("agents", ANN), ("agents", BOB)}
    assert agent_row(board.centers[CENTER], ANN)["skills"] == ["Advising"]


def test_who_is_no_agent_any_more_leaves_the_board_and_comes_back_with_the_skills():
    story = Story().furnish().provision("users", ANN, facts_of("Ann", is_agent=False))
    assert ANN not in tell(story)[0].centers[CENTER]["agents"]

    story.provision("users", ANN, facts_of("Ann"))
    assert row(story)["skills"] == ["Selling"]


def test_events_of_others_and_of_unknown_agents_touch_nothing():
    story = Story().furnish()
    for kind in (line.CallQueued, line.CallAbandoned):
        assert tell(story.call(kind))[1] == set()
    story.center = "another"
    assert tell(story.login())[1] == set()


def test_a_deleted_contact_center_is_gone():
    board, touched = tell(Story().furnish().provision("contact-centers", CENTER, None))

    assert board.centers == {}
    assert touched == {("centers", CENTER)}
