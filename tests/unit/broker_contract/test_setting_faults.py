from workbench.broker_contract.setting_faults import (
    KnownSetting,
    SettingFault,
    as_json,
    faults_from_json,
    known_from_json,
)


def test_there_and_back() -> None:
    faults = [SettingFault("a", "A is wrong."), SettingFault("b", "Nobody knows b.", refuses=False)]
    assert faults_from_json(as_json(faults)) == faults
    known = [KnownSetting("num.partitions", "int", "1"), KnownSetting("broker.rack", "string", None)]
    assert known_from_json(as_json(known)) == known
    assert "\n" not in as_json(faults)
