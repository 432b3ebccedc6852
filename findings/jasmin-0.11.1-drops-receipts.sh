#!/usr/bin/env bash
# Jasmin 0.11.1, as PyPI has it, never learns the id that an SMSC gave: no receipt is ever tied.
# Its listener is given the answer to an SMS, with a broker that only writes down what is published.
# 0.11.0 publishes the id for the receipts to be tied by; 0.11.1 raises AttributeError instead.
set -euo pipefail

folder=$(mktemp -d)
codes=
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat > answer.py <<'PY'
import logging
import os
import sys
from types import SimpleNamespace

os.environ["ROOT_PATH"] = os.environ["CONFIG_PATH"] = os.getcwd()
os.makedirs("var/log/jasmin", exist_ok=True)

from jasmin.managers.configs import SMPPClientSMListenerConfig
from jasmin.managers.listeners import SMPPClientSMListener
from jasmin.protocols.smpp.configs import SMPPClientConfig
from smpp.pdu.operations import SubmitSM, SubmitSMResp
from smpp.pdu.pdu_types import CommandStatus, RegisteredDelivery, RegisteredDeliveryReceipt

published, errors = [], []


class Broker:
    def publish(self, **what):
        published.append(what)


class Errors(logging.Handler):
    def emit(self, record):
        if record.levelno >= logging.ERROR:
            errors.append(str(record.args[0]))


listener = SMPPClientSMListener(
    SMPPClientSMListenerConfig(), SimpleNamespace(config=SMPPClientConfig(id="trial")), Broker(), None
)
logging.getLogger("jasmin-sm-listener").addHandler(Errors())
listener.submit_retrials["m1"] = 1
listener.ackMessage = lambda message: None
wanted = RegisteredDelivery(RegisteredDeliveryReceipt.SMSC_DELIVERY_RECEIPT_REQUESTED)
sent = SubmitSM(
    source_addr=b"VOTE",
    destination_addr=b"33639980001",
    short_message=b"trial",
    registered_delivery=wanted,
)
answer = SubmitSMResp(message_id=b"a28", status=CommandStatus.ESME_ROK)
properties = {"message-id": "m1", "headers": {}, "priority": 0}
message = SimpleNamespace(content=SimpleNamespace(properties=properties), routing_key="submit.sm.trial")
listener.submit_sm_resp_event(SimpleNamespace(request=sent, response=answer), message)
told = [each for each in published if each["routing_key"] == "dlr.submit_sm_resp"]
print("published for receipts:", len(told), "- errors logged:", ", ".join(errors) or "none")
sys.exit(0 if told else 3)
PY

for version in 0.11.0 0.11.1; do
    python3 -m venv "$version"
    "$version/bin/pip" install --quiet --disable-pip-version-check "jasmin==$version" "setuptools==79.0.1"
    code=0
    said=$("$version/bin/python" answer.py 2>/dev/null) || code=$?
    echo "jasmin $version is told that the SMSC took an SMS under the id a28: $said"
    codes+=" $code"
done

if [ "$codes" != " 0 3" ]; then
    echo "This has changed (exit codes$codes; 0 and 3 were seen)."
    exit 1
fi
echo "So 0.11.1 ties no receipt to any SMS; 0.11.0 does."
