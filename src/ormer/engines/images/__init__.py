"""Images without containers: an image URI names a runtime, a locked Python environment that is built once and shared.

Durable: built runtimes under `ORMER_HOME/runtimes/<key>` (complete exactly when they hold the ready marker; the key is
the hash of lock, Python and platform, so nothing ever changes in place) and the images people added under
`ORMER_HOME/images`. What may run twice: a build; whoever holds the runtime's file lock builds, the others wait and
find it.
"""

from ormer.engines.images.catalogue import Catalogue, Entry, Image, ImageNotMapped
from ormer.engines.images.recipes import Recipe
from ormer.engines.images.runtimes import BuildFailed, Runtimes

__all__ = ["BuildFailed", "Catalogue", "Entry", "Image", "ImageNotMapped", "Recipe", "Runtimes"]
