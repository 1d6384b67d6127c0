"""A workspace with passages on three subjects, in two standing topics, made without models of topics."""

from __future__ import annotations

from datetime import datetime

from accepted_evidence import Desk, add_accounts
from standing_topic_records import build_standing

from flows.topic_standing import topic_items, topic_passages
from pipelines.domain.passages import Passage
from pipelines.domain.topics import TopicModel
from pipelines.store import Workspace

CARE_NL = (
    "Verpleegkundigen gebruiken in het ziekenhuis een zorgrobot om medicijnen bij patiënten te brengen.",
    "Het ziekenhuis laat een zorgrobot nachtdiensten van verpleegkundigen op de afdeling verlichten.",
    "Patiënten zijn tevreden over de zorgrobot, maar verpleegkundigen missen scholing over medicijnen.",
    "Volgens artsen en verpleegkundigen maakt de zorgrobot minder fouten met medicijnen.",
    "De afdeling van het ziekenhuis meet hoe vaak verpleegkundigen de zorgrobot bij patiënten inzetten.",
)
CARE_EN = (
    "Nurses in the hospital use a care robot that brings medicines to patients.",
    "The hospital lets a care robot take over night shifts of nurses on the ward.",
    "Patients are satisfied with the care robot, but nurses lack training about medicines.",
    "According to doctors and nurses the care robot makes fewer errors with medicines.",
    "The ward of the hospital counts how often nurses use the care robot with patients.",
)
ROAD_NL = (
    "Chauffeurs van vrachtwagens volgen een routeplanner die de levering bij het magazijn vastlegt.",
    "De routeplanner in de vrachtwagen bepaalt het tempo van chauffeurs en pakketbezorgers.",
    "Transportbedrijven besparen brandstof doordat vrachtwagens met een routeplanner rijden.",
    "Pakketbezorgers klagen dat de routeplanner geen pauze bij het magazijn toelaat.",
)
ROAD_EN = (
    "Truck drivers follow a route planner that fixes the delivery at the warehouse.",
    "The route planner in the truck sets the pace of drivers and parcel couriers.",
    "Transport companies save fuel because trucks drive with a route planner.",
    "Parcel couriers complain that the route planner leaves no break at the warehouse.",
)
SCHOOL = (
    "Scholen leren leerlingen hoe een algoritme een opstel beoordeelt.",
    "Schools teach pupils how an algorithm marks an essay.",
    "Docenten vinden dat leerlingen te veel op een algoritme leunen.",
)
MIXED, SCHOOLS = "mixed-0001", "school-0001"
"""The topic that holds care and road, and the other one."""


class TopicDesk:
    """A workspace after one scan, with an editor (anna), an admin (bram) and a reviewer (carla)."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        desk = Desk(workspace)

        def add(texts: tuple[str, ...], language: str) -> list[Passage]:
            return [desk.add(f"{text[:24]} {n}", text, language=language) for n, text in enumerate(texts)]

        self.care = [*add(CARE_NL, "nl"), *add(CARE_EN, "en")]
        self.road = [*add(ROAD_NL, "nl"), *add(ROAD_EN, "en")]
        self.school = [*add((SCHOOL[0], SCHOOL[2]), "nl"), *add((SCHOOL[1],), "en")]
        self.run_id = desk.run.id
        self.model = self._model()
        workspace.topics.save(self.run_id, self.model)
        workspace.runs.finish(self.run_id, {})
        add_accounts(workspace, anna="editor", bram="admin", carla="reviewer")

    def _model(self) -> TopicModel:
        chosen = [passage.id for passage in (*self.care, *self.road, *self.school)]
        known = {p.id: p for p in topic_passages(self.workspace, topic_items(self.workspace, chosen))}
        groups = {
            MIXED: [known[p.id] for p in (*self.care, *self.road)],
            SCHOOLS: [known[p.id] for p in self.school],
        }
        return build_standing(groups, day=datetime.now().date())
