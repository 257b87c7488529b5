"""A made-up call log of the "Anonymous Bank" form: two days, every kind of row."""

HEADING = (
    "vru+line\tcall_id\tcustomer_identified\tpriority\ttype\tdate\tvru_entry\tvru_exit\tvru_time"
    "\tq_start\tq_exit\tq_time\toutcome\tser_start\tser_exit\tser_time\tserver"
)
_ROWS = (
    # Answered after 15 s, talked 60 s; the other clock is a second behind.
    "AA01 1 1 2 PS 990801 9:00:00 9:00:05 5 9:00:05 9:00:20 15 AGENT 9:00:19 9:01:19 60 S01",
    # Answered at once.
    "AA02 2 1 2 PS 990801 9:10:00 9:10:06 6 0:00:00 0:00:00 0 AGENT 9:10:06 9:12:06 120 S02",
    # Exactly 20 s, so no longer within 20; nobody knows who answered.
    "AA01 3 0 0 NW 990801 10:00:00 10:00:00 0 10:00:00 10:00:20 20 AGENT 10:00:20 10:00:50 30 -",
    # Given up after 90 s, and in the VRU.
    "AA03 4 0 0 PS 990801 11:00:00 11:00:10 10 11:00:10 11:01:40 90 HANG 0:00:00 0:00:00 0 -",
    "AA04 5 0 0 PS 990801 11:30:00 11:30:08 8 0:00:00 0:00:00 0 HANG 0:00:00 0:00:00 0 -",
    # Given up, although a service stands there; and a row to be ignored.
    "AA05 6 1 1 PS 990801 12:00:00 12:00:10 10 12:00:10 12:00:40 30 HANG 12:00:45 12:10:00 555 S01",
    "AA06 7 0 0 PS 990801 13:00:00 13:00:10 10 13:00:10 13:00:40 30 PHANTOM 13:01:00 13:02:00 60 -",
    # Waits on the first day, is answered on the second.
    "AA01 8 1 2 PE 990801 23:57:00 23:57:10 10 23:57:10 0:00:10 180 AGENT 0:00:10 0:05:10 300 S01",
    # Talks over midnight: 40 s of 100 on the first day.
    "AA02 9 1 2 PE 990801 23:59:00 23:59:10 10 23:59:10 23:59:20 10 AGENT 23:59:20 0:01:00 100 S02",
    "AA07 10 1 2 PS 990802 8:00:00 8:00:10 10 8:00:10 8:01:10 60 AGENT 8:01:09 8:01:39 30 S01",
)
_LINES = [row.replace(" ", "\t").replace("\t-", "\tNO_SERVER") for row in _ROWS]
EXCERPT = "\n".join([HEADING, *_LINES]) + "\n"
