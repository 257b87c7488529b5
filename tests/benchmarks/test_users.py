from benchmarks.users import untold

SKILL = {"id": "0c040524-a390-4852-a807-a77fc9a37352", "name": "Sales", "level": "5"}
OURS = {
    "id": "53befb69d14e4528a0470c18870bea4f",
    "userName": "bob@red.example",
    "roles": ["ROLE_AGENT"],
    "voiceEnvironmentUri": "http://localhost/api/v2/voice-environments/"
    "7d53b0a0-05d0-45a3-a8e4-379e3f2804dc",
    "skills": [SKILL],
    "uri": "http://localhost/api/v2/users/53befb69d14e4528a0470c18870bea4f",
}
STOCK = {
    "id": "53befb69d14e4528a0470c18870bea4f",
    "user_name": "bob@red.example",
    "employee_id": "",
    "roles": ["ROLE_AGENT"],
    "voice_environment": "7d53b0a0-05d0-45a3-a8e4-379e3f2804dc",
    "skills": [{**SKILL, "level": 5}],
    "url": "http://localhost/api/v2/users/53befb69-d14e-4528-a047-0c18870bea4f",
}


def test_the_same_facts_in_another_form_are_told():
    assert untold(OURS, STOCK) == {}


def test_what_ours_leaves_out_or_tells_otherwise_is_found():
    assert untold(OURS, {**STOCK, "login_code": "L1"}) == {"login_code": "L1"}
    assert untold(OURS, {**STOCK, "user_name": "eve"}) == {"user_name": "eve"}


def test_a_missing_part_is_found():
    two_skills = [*STOCK["skills"], *STOCK["skills"]]

    assert untold(OURS, {**STOCK, "skills": two_skills}) == {"skills": two_skills}
    assert untold({**OURS, "skills": [{**SKILL, "level": "6"}]}, STOCK) == {
        "skills": STOCK["skills"]
    }
