"""Backbones from classifiers and other libraries: models from images to a feature map."""

from keras_resgen.networks.backbones.applications import APPLICATIONS
from keras_resgen.networks.backbones.backbone import BACKBONE_LIBRARIES, backbone, check_backbone
from keras_resgen.networks.backbones.common import PRETRAINED

__all__ = ["APPLICATIONS", "BACKBONE_LIBRARIES", "PRETRAINED", "backbone", "check_backbone"]
