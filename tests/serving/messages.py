"""Protobuf messages of servers' configuration files.

They have those fields of Triton's model_config.proto and TensorFlow Serving's
model_server_config.proto that are written. Protobuf's parser refuses unknown names, wrong types and
bad syntax.
"""

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, text_format

KINDS = {"int32": 5, "int64": 3, "uint64": 4, "string": 9, "enum": 14, "message": 11}
DATA_TYPES = {"TYPE_INVALID": 0, "TYPE_UINT8": 2, "TYPE_FP32": 11}
# (field, number, kind, name of its type); the name of a repeated field ends in *
MESSAGES = {
    "ModelInput": [
        ("name", 1, "string"),
        ("data_type", 2, "enum", "DataType"),
        ("dims*", 4, "int64"),
    ],
    "ModelOutput": [
        ("name", 1, "string"),
        ("data_type", 2, "enum", "DataType"),
        ("dims*", 3, "int64"),
    ],
    "ModelDynamicBatching": [("max_queue_delay_microseconds", 2, "uint64")],
    "Entry": [("key", 1, "string"), ("value", 2, "string")],
    "Step": [
        ("model_name", 1, "string"),
        ("model_version", 2, "int64"),
        ("input_map*", 3, "message", "Entry"),
        ("output_map*", 4, "message", "Entry"),
    ],
    "ModelEnsembling": [("step*", 1, "message", "Step")],
    "ModelConfig": [
        ("name", 1, "string"),
        ("platform", 2, "string"),
        ("backend", 17, "string"),
        ("max_batch_size", 4, "int32"),
        ("input*", 5, "message", "ModelInput"),
        ("output*", 6, "message", "ModelOutput"),
        ("dynamic_batching", 11, "message", "ModelDynamicBatching"),
        ("ensemble_scheduling", 15, "message", "ModelEnsembling"),
    ],
    "ServedModel": [
        ("name", 1, "string"),
        ("base_path", 2, "string"),
        ("model_platform", 4, "string"),
    ],
    "ModelConfigList": [("config*", 1, "message", "ServedModel")],
    "ModelServerConfig": [("model_config_list", 1, "message", "ModelConfigList")],
}


def _classes():
    file = descriptor_pb2.FileDescriptorProto(name="servers.proto", package="s", syntax="proto3")
    enum = file.enum_type.add(name="DataType")
    for name, number in DATA_TYPES.items():
        enum.value.add(name=name, number=number)
    for message, fields in MESSAGES.items():
        described = file.message_type.add(name=message)
        for name, number, kind, *of in fields:
            field = described.field.add(name=name.rstrip("*"), number=number, type=KINDS[kind])
            field.label = 3 if name.endswith("*") else 1
            if of:
                field.type_name = f".s.{of[0]}"
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return {
        name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"s.{name}"))
        for name in MESSAGES
    }


CLASSES = _classes()


def read(path, message):
    """Return a configuration file as a message."""
    return text_format.Parse(path.read_text(encoding="utf-8"), CLASSES[message]())
