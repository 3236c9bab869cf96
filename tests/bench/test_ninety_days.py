"""R19 in short: two days with bad faults, by the code of ``zhiwen bench ninety_days``."""

from __future__ import annotations

import pytest

from bench import ninety_days


@pytest.mark.usefixtures("unmeasured_children")
def test_days_of_faults_leave_the_archive_equal_to_the_truth(monkeypatch: pytest.MonkeyPatch) -> None:
    faults = ["killed", "hijacked"]
    monkeypatch.setattr(ninety_days.Ninety, "next_fault", lambda self: faults.pop())
    report = ninety_days.run(2, seed=20260302, rest=3, sites=1)
    assert report.held, [bar for bar in report.bars if not bar.held] + report.notes
    assert [row[0] for row in report.rows] == ["hijacked", "killed"]
