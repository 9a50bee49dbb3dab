"""Networks from elsewhere as encoders: each is a model from images to a feature map."""

from keras_resgen.networks.backbones.applications import APPLICATIONS
from keras_resgen.networks.backbones.backbone import BACKBONES, backbone, check_backbone
from keras_resgen.networks.backbones.common import PRETRAINED

__all__ = ["APPLICATIONS", "BACKBONES", "PRETRAINED", "backbone", "check_backbone"]
