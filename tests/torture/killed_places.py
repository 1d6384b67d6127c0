"""The points at which the program is killed, over the whole life of a workspace."""

from __future__ import annotations

from kill_points import Point

#: What each step begins with (a workspace made for it, or what another step leaves); as in ``killed_steps``, which
#: loads the program.
BASE_OF = {
    "scan": "new",
    "decide": "scan",
    "search": "scan",
    "restore": "backup",
    **dict.fromkeys(("decide_found", "upload", "together", "act", "approve", "switch"), "proposing"),
    **dict.fromkeys(("backup", "move", "harvest", "sources"), "proposing"),
    "import": "noted",
    "note": "noted",
    "learn": "taught",
    "migrate": "old",
}

_DOCUMENTS = "pipelines.store.documents:DocumentStore"
_DECISIONS = "pipelines.store.decisions:DecisionStore"
_ACTS = "pipelines.store.acts:ActStore"
_TABLES = "pipelines.store.tables:TableStore"

POINTS = (
    Point("run about to be registered", "scan", f"{_DOCUMENTS}.register", "before"),
    Point("files being registered", "scan", f"{_DOCUMENTS}.register", "commit"),
    Point("files registered", "scan", f"{_DOCUMENTS}.register", "after"),
    Point("file being read", "scan", "flows.reading:read_file", "before"),
    Point("vectors half written", "scan", r"processed/vectors/", "half"),
    Point("vectors written, document not stored", "scan", r"processed/vectors/", "renamed"),
    Point("original half kept", "scan", r"raw/kept/", "half"),
    Point("original kept under a temporary name", "scan", r"raw/kept/", "written"),
    Point("original kept, document not stored", "scan", r"raw/kept/", "renamed"),
    Point("document being stored", "scan", f"{_DOCUMENTS}.save", "commit"),
    Point("document stored and labelled", "scan", f"{_DOCUMENTS}.save", "after"),
    Point("inbox made, not stored", "scan", "pipelines.store.inbox:InboxStore.replace", "commit"),
    Point("inbox stored", "scan", "pipelines.store.inbox:InboxStore.replace", "after"),
    Point("topics made, not stored", "scan", "pipelines.store.topics:TopicStore.save", "before"),
    Point("topics being stored", "scan", "pipelines.store.topics:TopicStore.save", "commit"),
    Point("proposals made, not stored", "scan", "pipelines.store.proposals:ProposalStore.keep", "commit"),
    Point("report half written", "scan", r"work/reports/", "half"),
    Point("report written", "scan", r"work/reports/", "renamed"),
    Point("run about to be closed", "scan", "pipelines.store.runs:RunStore.finish", "before"),
    Point("run being closed", "scan", "pipelines.store.runs:RunStore.finish", "commit"),
    Point("decision not begun", "decide", f"{_DECISIONS}.append", "before"),
    Point("decision not committed", "decide", f"{_DECISIONS}.append", "commit"),
    Point("decision stored, not answered", "decide", f"{_DECISIONS}.append", "committed"),
    Point("decision on what was found stored, not listed", "decide_found", f"{_DECISIONS}.append", "after"),
    Point("file added, half written", "upload", r"work/data/raw/", "half"),
    Point("file added, not answered", "upload", r"work/data/raw/", "renamed"),
    Point("several approved, one after the other", "together", f"{_ACTS}.decide", "committed"),
    Point("several approved, no version", "together", f"{_TABLES}.add", "before"),
    Point("several approved, version not answered", "together", f"{_TABLES}.add", "after"),
    Point("proposal rejected, not committed", "act", f"{_ACTS}.decide", "commit"),
    Point("proposal rejected, not answered", "act", f"{_ACTS}.decide", "after"),
    Point("approved, version not begun", "approve", f"{_TABLES}.add", "before"),
    Point("approved, version not committed", "approve", f"{_TABLES}.add", "commit"),
    Point("approved, version stored", "approve", f"{_TABLES}.add", "committed"),
    Point("schedule switched, not committed", "switch", f"{_ACTS}.switch", "commit"),
    Point("schedule switched, not answered", "switch", f"{_ACTS}.switch", "after"),
    Point("note read, decisions stored", "import", f"{_ACTS}.decide", "committed"),
    Point("note read, version not committed", "import", f"{_TABLES}.add", "commit"),
    Point("note read, version stored", "import", f"{_TABLES}.add", "committed"),
    Point("note half written", "note", r"work/reports/", "half"),
    Point("note written in part of its forms", "note", r"work/reports/\.writing", "renamed"),
    Point("models half written", "learn", r"models/tagger/", "half"),
    Point("models written, not in use", "learn", r"models/tagger/tagger\.npz$", "written"),
    Point("models in use, not recorded", "learn", r"models/tagger/tagger\.npz$", "renamed"),
    Point("items found, not stored", "harvest", "pipelines.store.harvest:HarvestStore.take", "commit"),
    Point("file fetched, half written", "harvest", r"raw/harvested/", "half"),
    Point("file fetched, not noted", "harvest", r"raw/harvested/", "renamed"),
    Point("file noted", "harvest", "pipelines.store.harvest:HarvestStore.update", "committed"),
    Point("object of a backup half written", "backup", r"backups/\.", "half"),
    Point("object of a backup not named", "backup", r"backups/objects/", "written"),
    Point("backup written, not named", "backup", r"backups/copies/", "written"),
    Point("manifest half written", "backup", r"backups/copies/", "half"),
    Point("workspace put back, not in place", "restore", r"work/restored/", "written"),
    Point("workspace put back", "restore", r"work/restored/", "renamed"),
    Point("rows half moved", "move", "pipelines.store.copying:_copy_table", "after"),
    Point("rows moved, not committed", "move", "pipelines.store.copying:copy_database", "commit"),
    Point("tables half changed", "migrate", "pipelines.store.database:_upgrade", "statement"),
    Point("tables changed, not committed", "migrate", "pipelines.store.database:_upgrade", "commit"),
    Point("list of sources half written", "sources", r"work/\.writing", "half"),
    Point("list of sources not in place", "sources", r"work/kennisstand", "written"),
    Point("index of search half written", "search", r"processed/search/", "half"),
    Point("index of search not in place", "search", r"processed/search/", "written"),
)
