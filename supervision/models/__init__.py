from supervision.models.checkpoint import StatisticsCheckpoint
from supervision.models.heartbeat import Heartbeat
from supervision.models.statistic import StatisticHistory, StatisticValue

__all__ = ["Heartbeat", "StatisticHistory", "StatisticValue", "StatisticsCheckpoint"]
