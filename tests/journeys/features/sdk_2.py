"""Feature Store as SDK 2 code uses it: `python sdk_2.py --role ARN --bucket BUCKET`.

Ingest, read online, query the offline store, make a data set of two groups, and train on it. Everything else, the
server among it, is found in the environment. Prints what came of each stage, a JSON object a line.
"""

import argparse
import json
import time

import numpy
import pandas
import sagemaker
from sagemaker import image_uris
from sagemaker.estimator import Estimator
from sagemaker.feature_store.feature_group import FeatureGroup
from sagemaker.feature_store.feature_store import FeatureStore
from sagemaker.inputs import TrainingInput

ROWS = 60


class Journey:
    def __init__(self, role, bucket):
        self.session = sagemaker.Session(default_bucket=bucket)
        self.session.default_bucket()
        self.role = role
        self.root = f"s3://{bucket}/features"
        self.mark = str(int(time.time()))

    def group(self, name, frame):
        """A group of the frame's features that takes records."""
        made = FeatureGroup(name=f"{name}-{self.mark}", sagemaker_session=self.session)
        made.load_feature_definitions(data_frame=frame)
        made.create(
            s3_uri=self.root,
            record_identifier_name="customer_id",
            event_time_feature_name="event_time",
            role_arn=self.role,
            enable_online_store=True,
        )
        while made.describe()["FeatureGroupStatus"] == "Creating":
            time.sleep(0.2)
        made.ingest(data_frame=frame, max_workers=3, wait=True)
        return made

    def rows(self, group, count):
        """The offline store's rows once they are all there."""
        query = group.athena_query()
        while True:
            query.run(f'SELECT * FROM "{query.table_name}"', output_location=f"{self.root}/queries")
            query.wait()
            frame = query.as_dataframe()
            if len(frame) >= count:
                return frame

    def run(self):
        random = numpy.random.default_rng(1)
        when = float(int(time.time()))
        customers = pandas.DataFrame(
            {
                "customer_id": numpy.arange(ROWS),
                "age": random.integers(18, 80, ROWS),
                "city": pandas.Series(["Ulm", "Bonn"] * (ROWS // 2), dtype="string"),
                "event_time": [when] * ROWS,
            }
        )
        orders = pandas.DataFrame(
            {
                "customer_id": numpy.arange(ROWS),
                "total": random.random(ROWS) * 100,
                "event_time": [when] * ROWS,
            }
        )
        people, bought = self.group("customers", customers), self.group("orders", orders)
        record = {one["FeatureName"]: one["ValueAsString"] for one in people.get_record("7")}
        tell("online", record=record, wanted={"city": customers["city"][7], "age": str(customers["age"][7])})

        frame = self.rows(people, ROWS)
        columns = [name for name in frame.columns if name in customers.columns]
        found = frame[columns].sort_values("customer_id").reset_index(drop=True)
        same = bool((found == customers[columns].reset_index(drop=True)).all().all())
        tell("offline", rows=len(frame), same=same, columns=list(frame.columns))
        self.rows(bought, ROWS)

        builder = FeatureStore(sagemaker_session=self.session).create_dataset(
            base=bought, output_path=f"{self.root}/sets"
        )
        data_set, _ = builder.with_feature_group(people, "customer_id", ["age", "city"]).to_dataframe()
        tell("data_set", rows=len(data_set), columns=list(data_set.columns))

        mine = pandas.DataFrame({"customer_id": [3, 4], "event_time": [when + 60] * 2, "label": [1, 0]})
        own = FeatureStore(sagemaker_session=self.session).create_dataset(
            base=mine,
            record_identifier_feature_name="customer_id",
            event_time_identifier_feature_name="event_time",
            output_path=f"{self.root}/sets",
        )
        told, _ = own.with_feature_group(people, "customer_id", ["age"]).point_in_time_accurate_join().to_dataframe()
        tell("point_in_time", rows=len(told), columns=list(told.columns))

        query = bought.athena_query()
        query.run(
            f'SELECT o.total, c.age FROM "{query.table_name}" o '
            f'JOIN "{people.athena_query().table_name}" c ON o.customer_id = c.customer_id',
            output_location=f"{self.root}/training",
        )
        query.wait()
        table = query.as_dataframe()
        train = self.session.upload_string_as_file_body(
            table.to_csv(header=False, index=False), self.session.default_bucket(), "features/train/train.csv"
        )
        estimator = Estimator(
            image_uris.retrieve("xgboost", self.session.boto_region_name, version="1.7-1"),
            self.role,
            instance_count=1,
            instance_type="ml.m5.large",
            output_path=f"{self.root}/models",
            hyperparameters={"num_round": 5, "objective": "reg:squarederror"},
            sagemaker_session=self.session,
        )
        estimator.fit({"train": TrainingInput(train, content_type="text/csv")}, logs=False)
        tell("training", model=estimator.model_data)
        for group in (people, bought):
            group.delete()


def tell(stage, **facts):
    """One line for whoever checks what came of a stage; what the SDK shows may end without a line's end."""
    print("\n" + json.dumps({"stage": stage, **facts}), flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--role", required=True)
    parser.add_argument("--bucket", required=True)
    arguments = parser.parse_args()
    Journey(arguments.role, arguments.bucket).run()
