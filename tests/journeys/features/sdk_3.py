"""Feature Store as SDK 3 code uses it: `python sdk_3.py --role ARN --bucket BUCKET`.

Prints what came of each stage, a JSON object a line.
"""

import argparse
import json
import time

import pandas
from sagemaker.core.helper.session_helper import Session
from sagemaker.mlops.feature_store import (
    FeatureGroup,
    OfflineStoreConfig,
    OnlineStoreConfig,
    S3StorageConfig,
)
from sagemaker.mlops.feature_store.feature_utils import (
    create_athena_query,
    ingest_dataframe,
    load_feature_definitions_from_dataframe,
)

ROWS = 20


def tell(stage, **facts):
    """One line for whoever checks what came of a stage; what the SDK shows may end without a line's end."""
    print("\n" + json.dumps({"stage": stage, **facts}), flush=True)


def main(role, bucket):
    session, root, name = Session(default_bucket=bucket), f"s3://{bucket}/features-3", f"people-{int(time.time())}"
    session.default_bucket()
    frame = pandas.DataFrame(
        {
            "id": range(ROWS),
            "age": [20 + number for number in range(ROWS)],
            "event_time": [float(int(time.time()))] * ROWS,
        }
    )
    group = FeatureGroup.create(
        feature_group_name=name,
        record_identifier_feature_name="id",
        event_time_feature_name="event_time",
        feature_definitions=load_feature_definitions_from_dataframe(frame),
        online_store_config=OnlineStoreConfig(enable_online_store=True),
        offline_store_config=OfflineStoreConfig(s3_storage_config=S3StorageConfig(s3_uri=root)),
        role_arn=role,
    )
    group.wait_for_status("Created", poll=1)
    ingest_dataframe(name, frame, max_workers=2, wait=True)
    record = group.get_record(record_identifier_value_as_string="7").record
    tell("online", age=next(one.value_as_string for one in record if one.feature_name == "age"))
    query = create_athena_query(name, session)
    found = pandas.DataFrame()
    while len(found) < ROWS:
        query.run(f'SELECT id, age FROM "{query.table_name}" ORDER BY id', output_location=f"{root}/queries")
        query.wait()
        found = query.as_dataframe()
    tell("offline", ages=found["age"].tolist())
    group.delete()
    # Listing asks for each group it found: one that goes in between would be missing.
    group.wait_for_delete(poll=1)
    tell("left", groups=[one.feature_group_name for one in FeatureGroup.get_all(name_contains=name)])


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--role", required=True)
    parser.add_argument("--bucket", required=True)
    arguments = parser.parse_args()
    main(arguments.role, arguments.bucket)
