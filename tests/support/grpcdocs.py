"""docs/grpc.md out of the .proto files: `PYTHONPATH=tests .venv/bin/python -m support.grpcdocs > docs/grpc.md`.

What is said of a call or a field is its comment in the file; a test compares the page with what comes of the files now.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    EnumDescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
    FileDescriptorSet,
    ServiceDescriptorProto,
)
from grpc_tools import protoc  # type: ignore[import-untyped]  # it has no types

PROTOS = Path(__file__).parents[2] / "protos"
HEAD = """# gRPC: every call and field

Made from the files in [protos](../protos) (`PYTHONPATH=tests .venv/bin/python -m support.grpcdocs > docs/grpc.md`).
How to begin: [your first post](first-post.md), [decisions to your platform](outbound.md).
"""
# Field numbers of FileDescriptorProto, DescriptorProto, EnumDescriptorProto and ServiceDescriptorProto, as
# SourceCodeInfo.Location.path has them (google/protobuf/descriptor.proto).
_PACKAGE, _MESSAGE, _ENUM, _SERVICE = 2, 4, 5, 6
_FIELD, _VALUE, _METHOD = 2, 2, 2

Comments = Mapping[tuple[int, ...], str]


def page() -> str:
    return HEAD + "".join("\n" + part for file in _files() for part in _file(file))


def _files() -> list[FileDescriptorProto]:
    names = sorted(str(path.relative_to(PROTOS)) for path in PROTOS.glob("feuerwache/*/v1/*.proto"))
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "set"
        arguments = [
            "protoc",
            f"-I{PROTOS}",
            f"-I{_standard()}",
            f"--descriptor_set_out={target}",
            "--include_source_info",
        ]
        if protoc.main([*arguments, *names]) != 0:
            raise SystemExit("protoc has failed")
        return list(FileDescriptorSet.FromString(target.read_bytes()).file)


def _standard() -> Path:
    """Where grpc_tools keeps google/protobuf/*.proto."""
    return Path(protoc.__file__).parent / "_proto"


def _file(file: FileDescriptorProto) -> Iterator[str]:
    comments = {
        tuple(at.path): (at.leading_comments or at.trailing_comments).strip() for at in file.source_code_info.location
    }
    yield f"## {file.name.removeprefix('feuerwache/')}\n\n{_text(comments, (_PACKAGE,))}"
    for place, service in enumerate(file.service):
        yield _service(service, comments, (_SERVICE, place))
    for place, message in enumerate(file.message_type):
        yield from _message(message, comments, (_MESSAGE, place), "")
    for place, enum in enumerate(file.enum_type):
        yield _enum(enum, comments, (_ENUM, place))


def _service(service: ServiceDescriptorProto, comments: Comments, path: tuple[int, ...]) -> str:
    text = f"### {service.name}\n\n{_text(comments, path)}"
    for place, method in enumerate(service.method):
        takes = ("stream " if method.client_streaming else "") + _short(method.input_type)
        gives = ("stream " if method.server_streaming else "") + _short(method.output_type)
        text += f"**`{method.name}({takes}) → {gives}`**\n\n{_text(comments, (*path, _METHOD, place))}"
    return text


def _message(message: DescriptorProto, comments: Comments, path: tuple[int, ...], within: str) -> Iterator[str]:
    maps = {inner.name: inner for inner in message.nested_type if inner.options.map_entry}
    text = f"### {within}{message.name}\n\n{_text(comments, path)}"
    if message.field:
        text += "| field | type | |\n|---|---|---|\n"
    for place, field in enumerate(message.field):
        note = _line(comments.get((*path, _FIELD, place), ""))
        if field.HasField("oneof_index") and not field.proto3_optional:
            note = f"one of `{message.oneof_decl[field.oneof_index].name}`. {note}".strip()
        text += f"| `{field.name}` | {_type(field, maps)} | {note} |\n"
    yield text
    for place, inner in enumerate(message.nested_type):
        if inner.name not in maps:
            yield from _message(inner, comments, (*path, 3, place), f"{within}{message.name}.")
    for place, enum in enumerate(message.enum_type):
        yield _enum(enum, comments, (*path, 4, place))


def _enum(enum: EnumDescriptorProto, comments: Comments, path: tuple[int, ...]) -> str:
    rows = "".join(
        f"| `{value.name}` | {_line(comments.get((*path, _VALUE, place), ''))} |\n"
        for place, value in enumerate(enum.value)
    )
    return f"### {enum.name}\n\n{_text(comments, path)}| value | |\n|---|---|\n{rows}"


def _type(field: FieldDescriptorProto, maps: Mapping[str, DescriptorProto]) -> str:
    name = _short(field.type_name) if field.type_name else FieldDescriptorProto.Type.Name(field.type)[5:].lower()
    if name in maps:
        key, value = maps[name].field
        return f"map of {_type(key, {})} to {_type(value, {})}"
    label = "repeated " if field.label == FieldDescriptorProto.LABEL_REPEATED else ""
    return ("optional " if field.proto3_optional else label) + name


def _short(name: str) -> str:
    return name.rsplit(".", 1)[-1]


def _line(comment: str) -> str:
    return " ".join(comment.split()).replace("|", "\\|")


def _text(comments: Comments, path: tuple[int, ...]) -> str:
    said = comments.get(path, "")
    return "\n".join(line.removeprefix(" ") for line in said.splitlines()) + "\n\n" if said else ""


if __name__ == "__main__":
    sys.stdout.write(page())
