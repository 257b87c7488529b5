from provisioning.models.agent_state import AgentState
from provisioning.models.call_recording import CallRecording
from provisioning.models.change_log import ChangeLogEntry, KeptPassword
from provisioning.models.contact import Contact
from provisioning.models.contact_center import AssignedFeature, ContactCenter
from provisioning.models.device import Device, PhoneNumber, VoiceEnvironment
from provisioning.models.disposition import Disposition
from provisioning.models.group import Group, GroupMember, GroupSupervisor
from provisioning.models.place import Place
from provisioning.models.planned_skill import PlannedSkill
from provisioning.models.queue import Queue, QueueSkill
from provisioning.models.service import Service
from provisioning.models.setting import Setting, UserSetting
from provisioning.models.settings_group import SettingsGroup
from provisioning.models.skill import Skill, UserSkill
from provisioning.models.token import ApiToken
from provisioning.models.user import User

__all__ = [
    "AgentState",
    "ApiToken",
    "AssignedFeature",
    "CallRecording",
    "ChangeLogEntry",
    "Contact",
    "ContactCenter",
    "Device",
    "Disposition",
    "Group",
    "GroupMember",
    "GroupSupervisor",
    "KeptPassword",
    "PhoneNumber",
    "Place",
    "PlannedSkill",
    "Queue",
    "QueueSkill",
    "Service",
    "Setting",
    "SettingsGroup",
    "Skill",
    "User",
    "UserSetting",
    "UserSkill",
    "VoiceEnvironment",
]
