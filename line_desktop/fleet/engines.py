"""The engines of a job on the machines of a fleet, in place of those on this one.

Language model and picture models must lie on every machine; the converted network is sent. Whatever would make a difference to the
results, other model files or other versions of the packages, keeps a worker out, in one sentence.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, closing
from pathlib import Path

from line_desktop.engines import Engines, untold
from line_desktop.events import JobEvent, Note
from line_desktop.fleet.actor import digest_of
from line_desktop.fleet.cluster import Cluster
from line_desktop.fleet.crew import Crew
from line_desktop.fleet.sharing import SharedPictures, SharedProposer, SharedTarget
from line_desktop.versions import versions
from models.host import connect, never
from models.machine import Probe
from models.types.language import LanguageInfo, Profile, Proposer
from models.types.pictures import PictureSettings, PictureSource
from models.types.vision import Layer, Preprocess, Target

OVER_RAY = "the job and its workers speak over Ray"
OPEN = (
    "This cluster of Ray starts programs for everybody who reaches it: give it a token (ray get-auth-token --generate) unless "
    "you trust all of its network."
)


class FleetEngines(Engines):
    """A context like `Engines`, with picture sources, vision network and language model on other machines; the rest stays on this one."""

    def __init__(
        self,
        address: str,
        budget: int | None = None,
        *,
        try_anyway: bool = False,
        tell: Callable[[JobEvent], None] = untold,
        stop: Callable[[], bool] = never,
    ) -> None:
        """`address`: Ray's, see `Cluster`; `budget`: bytes that the engines of each worker may hold together. Raises UserError."""
        super().__init__(budget, try_anyway=try_anyway, tell=tell, stop=stop)
        self._cluster = Cluster(address)
        self._limits = budget, try_anyway
        self._joined: Crew | None = None
        self._ending = ExitStack()

    def __exit__(self, *error: object) -> None:
        super().__exit__(*error)
        self._ending.close()

    @property
    def places(self) -> int:
        """Workers that draw at the same time."""
        return len(self._crew.actors)

    def plan(self) -> str:
        """The workers, and how each shares out its memory."""
        plans: list[str] = self._crew.everywhere("plan")
        alike: dict[str, list[str]] = {}
        for actor, plan in zip(self._crew.actors, plans, strict=True):
            alike.setdefault(plan, []).append(actor.name)
        told = " ".join(f"{', '.join(names)}: {plan}" for plan, names in alike.items())
        return f"{len(plans)} worker{'s' if len(plans) > 1 else ''} over Ray. {told}"

    def pictures(self, source: str) -> PictureSource:
        """A picture source on every worker, the same model with the same options; a mistake is found here, before Ray is asked."""
        with Engines(try_anyway=True) as here:
            own = here.pictures(source).settings()
        agreed: list[PictureSettings] = []

        def wrong(found: PictureSettings) -> str:
            if (found.source, found.version) != (own.source, own.version):
                return (
                    f"its {source} is another one (version {found.version[:16]}, here {own.version[:16]}); copy the files of this machine."
                )
            agreed.append(found)
            return "" if found == agreed[0] else f"it draws with other options ({unlike(agreed[0].options, found.options)})."

        self._crew.everywhere("pictures", source, wrong=wrong)
        return SharedPictures(self._crew, source, agreed[0], self.tell)

    def target(self, model: Path, preprocess: Preprocess, layers: Sequence[Layer]) -> Target:
        """The vision network on every worker, to which its files are sent once for all jobs."""
        files = {file.name: file.read_bytes() for file in sorted(model.parent.iterdir()) if file.is_file()}
        sha256 = digest_of(files)
        has: list[bool] = self._crew.everywhere("has_target", sha256)
        without = [actor for actor, kept in zip(self._crew.actors, has, strict=True) if not kept]
        if without:
            self._crew.everywhere("keep_target", sha256, self._cluster.share(files), among=without)
        return SharedTarget(self._crew, self._crew.everywhere("target", sha256, preprocess, list(layers)))

    def proposer(self, model: Path, profile: Profile | None = None) -> Proposer:
        """The language model on every worker, all from the same file."""
        probe, child = connect(Probe, "probe")  # type: ignore[type-abstract]
        with closing(child):
            sha256 = probe.describe(model).sha256

        def wrong(found: LanguageInfo) -> str:
            return (
                ""
                if found.sha256 == sha256
                else (f"its {model.name} is another file (SHA-256 {found.sha256[:16]}…, here {sha256[:16]}…); copy that of this machine.")
            )

        return SharedProposer(self._crew, self._crew.everywhere("proposer", model, profile, wrong=wrong)[0])

    @property
    def _crew(self) -> Crew:
        """Those who take part; the first who asks joins Ray."""
        if self._joined is None:
            self._ending.enter_context(self._cluster)
            if self._cluster.is_open:
                self.tell(Note(OPEN))
            self.network.add(OVER_RAY)
            self._joined = Crew(self._cluster.hire(*self._limits, self.tell), self.tell, self.stop, self.network)
            own = versions()

            def wrong(found: Mapping[str, str]) -> str:
                differences = unlike(comparable(own), comparable(found))
                return f"its packages are not this machine's ({differences}); install the same." if differences else ""

            self._joined.everywhere("versions", wrong=wrong)
        return self._joined


def engines_at(address: str, budget: int | None, try_anyway: bool, tell: Callable[[JobEvent], None], stop: Callable[[], bool]) -> Engines:
    """Where a job's engines run: on the machines of the Ray at `address`, or on this one where that is empty."""
    if address:
        return FleetEngines(address, budget, try_anyway=try_anyway, tell=tell, stop=stop)
    return Engines(budget, try_anyway=try_anyway, tell=tell, stop=stop)


def comparable(found: Mapping[str, str]) -> dict[str, str]:
    """Versions without what differs between builds for CPUs and for GPUs."""
    return {name.removesuffix("-gpu"): version.partition("+")[0] for name, version in found.items()}


def unlike(here: Mapping[str, str], there: Mapping[str, str]) -> str:
    """What differs between two mappings, in words."""
    names = sorted(name for name in {*here, *there} if here.get(name) != there.get(name))
    return ", ".join(f"{name} {there.get(name, 'none')} instead of {here.get(name, 'none')}" for name in names)
