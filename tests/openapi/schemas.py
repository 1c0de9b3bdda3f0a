"""Says of each schema and value on its standard input, line by line, what of the value is not as the schema has it."""

import json
import sys

from jsonschema_rs import Draft202012Validator

for line in sys.stdin:
    request = json.loads(line)
    validator = Draft202012Validator(request["schema"])
    complaints = [error.message for error in validator.iter_errors(request["value"])]
    print(json.dumps(complaints), flush=True)
