"""A command whose help lists its options in groups, for those that have too many for one list."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from typer.core import TyperCommand


class GroupedCommand(TyperCommand):
    """Its options below titles: `groups` of the subclass; what is in none of them comes last."""

    groups: ClassVar[Mapping[str, Sequence[str]]] = {}  # title -> names of the function's parameters

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write the help of arguments and options; the types of both are typer's own and not public."""
        grouped = {name: title for title, names in self.groups.items() for name in names}
        sections: dict[str, list[tuple[str, str]]] = {title: [] for title in ("Arguments", *self.groups, "Other options")}
        for one in self.get_params(ctx):
            record = one.get_help_record(ctx)
            title = "Arguments" if one.param_type_name == "argument" else grouped.get(one.name or "", "Other options")
            sections[title] += [record] if record else []
        for title, records in sections.items():
            if records:
                with formatter.section(title):
                    formatter.write_dl(records)
