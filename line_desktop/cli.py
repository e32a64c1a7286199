"""The command line: the same jobs as the window, on the same workspaces. The commands stand in `line_desktop.commands`.

Exit codes: 0 done; 2 the user's world (one sentence); 3 done, with failures listed; 70 our bug (traceback in the log); 130 interrupted.
"""

import os
import sys
import time
import traceback
from collections.abc import Sequence

import typer

from line_desktop import paths
from line_desktop.commands import (
    ablate,
    bench,
    causal,
    checkpoint,
    compare,
    doctor,
    export,
    jobs,
    label,
    models,
    report,
    study,
    verify,
    viewer,
)
from line_desktop.commands.running import BUG, DONE, INTERRUPTED, USER
from line_desktop.console import print_error
from line_desktop.errors import UserError
from models import offline
from models.errors import ModelError

HELP = """Name what the neurons of a vision model respond to: offline, on this computer.

Begin with `line-desktop demo`. For a checkpoint of your own: `inspect` lists its layers, `label` names their neurons."""
app = typer.Typer(help=HELP, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
for commands in (checkpoint, label, verify, compare, causal, ablate, report, export, doctor, viewer):
    app.add_typer(commands.app)
app.add_typer(jobs.process)
for name, group in {"bench": bench, "jobs": jobs, "models": models, "study": study}.items():
    app.add_typer(group.app, name=name)


def main() -> None:
    """The command's entry: errors of the user's world in one sentence, ours in the log."""
    offline.set_switches()
    os.environ["LINE_DESKTOP_HOME"] = str(paths.home())  # engines remember the SHA-256 of large files there
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run a command line and return its exit code."""
    command = typer.main.get_command(app)
    try:
        with command.make_context("line-desktop", list(arguments) or ["--help"]) as context:
            command.invoke(context)
            sys.stdout.flush()
    except typer.Exit as ended:
        return ended.exit_code
    except (UserError, ModelError) as error:
        print_error(str(error))
        return USER
    except typer.TyperException as error:
        print_error(usage(error))
        return USER
    except BrokenPipeError:  # whoever read our output has enough of it, as `head` has
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except KeyboardInterrupt:
        print("Stopped at once. What was finished is kept; type the same command again to go on.", file=sys.stderr)
        return INTERRUPTED
    except Exception:  # noqa: BLE001  # the command's top level: our own mistakes go to the log
        return log_bug()
    return DONE


def usage(error: typer.TyperException) -> str:
    """What is wrong with a command line, in one sentence, and where to read about it."""
    context = getattr(error, "ctx", None)
    command = context.command_path if context else "line-desktop"
    said = error.format_message().replace("Value error, ", "")  # what validates a choice says so before its own words
    return f"{said.rstrip('.')}; see {command} --help."


def log_bug() -> int:
    """Append the traceback to the log and say where it is."""
    log = paths.log_file()
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("a", encoding="utf-8") as file:
        file.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {' '.join(sys.argv)}\n{traceback.format_exc()}\n")
    print_error(f"this is a mistake in LINE Desktop, not yours; the details are in {log}.")
    return BUG
