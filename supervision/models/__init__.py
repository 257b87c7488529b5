from supervision.models.activity import AgentInterval
from supervision.models.checkpoint import StatisticsCheckpoint
from supervision.models.definition import DefinitionSet, StatisticName
from supervision.models.export import Export, ExportPiece
from supervision.models.heartbeat import Heartbeat
from supervision.models.statistic import StatisticHistory, StatisticValue

__all__ = [
    "AgentInterval",
    "DefinitionSet",
    "Export",
    "ExportPiece",
    "Heartbeat",
    "StatisticHistory",
    "StatisticName",
    "StatisticValue",
    "StatisticsCheckpoint",
]
