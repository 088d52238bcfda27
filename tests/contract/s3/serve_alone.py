"""A server in a process of its own, to be killed: prints its port and root key, then serves for ever."""

import sys
import threading
from pathlib import Path

from ormer.app import build
from ormer.config import Config
from ormer.first_run import root_key
from ormer.gateway.asgi import App
from ormer.gateway.certificates import Authority
from ormer.gateway.listen import Listener
from ormer.gateway.proxy_passwords import ProxyPasswords
from ormer.gateway.s3.app import ObjectGateway
from ormer.server import desk_of

if __name__ == "__main__":
    home = Path(sys.argv[1])
    house = build(Config(home=home, port=0, tls_port=0))
    app = App(desk_of(house, ObjectGateway(house.port)))
    listener = Listener(app, Authority(home / "tls"), ProxyPasswords(house.stores.keys), upstream="")
    listener.start()
    key = root_key(house.stores)
    sys.stdout.write(f"{listener.port} {key.access_key_id} {key.secret}\n")
    sys.stdout.flush()
    sys.stdout = sys.stderr
    threading.Event().wait()
