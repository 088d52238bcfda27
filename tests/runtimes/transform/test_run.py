"""The batch transform driver against real model servers."""

from __future__ import annotations

import gzip
import io
import struct
from dataclasses import replace

import pytest

from ormer.runtimes.toolkit.failures import UserError
from ormer.runtimes.transform.batches import pack
from ormer.runtimes.transform.processing import read_processing
from ormer.runtimes.transform.records import read_records
from ormer.runtimes.transform.settings import read_settings


def lines_request(**more):
    return {
        "TransformInput": {"ContentType": "text/csv", "SplitType": "Line", **more.pop("TransformInput", {})},
        "TransformOutput": {"Accept": "text/csv", "AssembleWith": "Line"},
        **more,
    }


def test_each_object_gets_one_output_in_the_order_of_its_records(transform):
    many = b"".join(b"%d,1\n" % number for number in range(500))
    request = lines_request(MaxConcurrentTransforms=4, BatchStrategy="SingleRecord")
    ran, files = transform(request, {"deep/er/a.csv": many, "b.csv": b"1,2\n\n3,4", "empty.csv": b""})
    assert ran.exit_code == 0, ran.output
    assert set(files) == {"deep/er/a.csv.out", "b.csv.out", "empty.csv.out"}
    assert files["deep/er/a.csv.out"].decode().splitlines() == [f"{number + 1}.0" for number in range(500)]
    assert files["b.csv.out"] == b"3.0\n7.0\n"
    assert files["empty.csv.out"] == b""


def test_filters_and_join_run_around_the_model_and_gzip_is_unpacked(transform):
    request = lines_request(
        TransformInput={"CompressionType": "Gzip"},
        DataProcessing={"InputFilter": "$[1:]", "JoinSource": "Input", "OutputFilter": "$[0,-1]"},
    )
    ran, files = transform(request, {"a.csv.gz": gzip.compress(b"9,1,2\n8,3,4\n")})
    assert ran.exit_code == 0, ran.output
    assert files == {"a.csv.gz.out": b"9,3.0\n8,7.0\n"}


def test_the_whole_object_is_one_request_without_a_split_type(transform):
    request = {"TransformInput": {"ContentType": "text/csv"}, "TransformOutput": {}}
    ran, files = transform(request, {"a.csv": b"1,2\n3,4\n"})
    assert ran.exit_code == 0, ran.output
    assert files == {"a.csv.out": b"3.0\n7.0"}


def test_a_refused_record_fails_the_job_with_object_status_and_the_models_words(transform):
    ran, files = transform(lines_request(ModelClientConfig={"InvocationsMaxRetries": 0}), {"x/bad.csv": b"1\nbad\n"})
    assert ran.exit_code == 1
    assert ran.failure.startswith("AlgorithmError: x/bad.csv: the model answered status 500:")
    assert ran.failure.endswith("ValueError: this row is bad")
    assert ran.failure in ran.output
    assert files == {}


def test_an_object_that_fails_does_not_keep_the_others_from_their_outputs(transform):
    request = lines_request(ModelClientConfig={"InvocationsMaxRetries": 0}, BatchStrategy="SingleRecord")
    objects = {"a.csv": b"1\n2\n", "bad.csv": b"1\nbad\n3\n", "c.csv": b"4\n", "worse.csv": b"bad\n"}
    ran, files = transform(request, objects)
    assert ran.exit_code == 1
    assert ran.failure.startswith("AlgorithmError: bad.csv: the model answered status 500:")
    assert ran.failure.endswith("(1 more of the objects failed, the log says why)")
    assert files == {"a.csv.out": b"1.0\n2.0\n", "c.csv.out": b"4.0\n"}


def test_a_content_type_that_the_model_does_not_take_is_told_in_its_words(tmp_path, transform):
    (tmp_path / "server" / "model" / "code" / "inference.py").write_text("def model_fn(folder): return len\n")
    ran, _ = transform(lines_request(TransformInput={"ContentType": "image/png"}), {"a.png": b"1\n"})
    assert ran.failure.startswith("ClientError: a.png: the model answered status 415: Content type image/png is not")


def test_a_filter_that_does_not_fit_names_object_and_position(transform):
    ran, _ = transform(lines_request(DataProcessing={"OutputFilter": "$[3]"}), {"a.csv": b"1,2\n"})
    assert ran.exit_code == 1
    assert ran.failure == "ClientError: a.csv: $[3] asks for position 3 of a record of 1"


def test_an_object_that_is_not_compressed_as_the_job_says_is_named(transform):
    request = lines_request(TransformInput={"CompressionType": "Gzip"})
    ran, files = transform(request, {"a.csv": b"1,2\n", "b.gz": gzip.compress(b"1\n")[:-4], "c.gz": b""})
    assert ran.failure.startswith("ClientError: a.csv: the object is not compressed with gzip")
    assert "b.gz: the object is not compressed with gzip, as CompressionType says: Compressed file ended" in ran.output
    assert files == {"c.gz.out": b""}


def test_the_data_log_begins_with_the_settings(transform):
    ran, _ = transform(lines_request(MaxConcurrentTransforms=2, MaxPayloadInMB=1), {"a.csv": b"1\n"})
    assert "[sagemaker logs]: MaxConcurrentTransforms=2, MaxPayloadInMB=1, BatchStrategy=MULTI_RECORD" in ran.output


@pytest.mark.parametrize("split", ["None", "Line"])
def test_an_object_of_any_length_is_sent_in_one_chunked_request(transform, split):
    many = b"".join(b"%d,1\n" % number for number in range(100_000))
    request = lines_request(MaxPayloadInMB=0, TransformInput={"SplitType": split, "ContentType": "count/calls"})
    ran, files = transform(request, {"a.csv": many, "b.csv": many, "none.csv": b""})
    assert ran.exit_code == 0, ran.output
    assert files == {"a.csv.out": b"1\n", "b.csv.out": b"2\n", "none.csv.out": b""}


def test_a_chunked_object_is_filtered_and_joined_all_the_same(transform):
    processing = {"InputFilter": "$[1:]", "JoinSource": "Input", "OutputFilter": "$[0,-1]"}
    many = b"".join(b"%d,1,%d\n" % (number, number) for number in range(20_000))
    ran, files = transform(lines_request(MaxPayloadInMB=0, DataProcessing=processing), {"a.csv": many})
    assert ran.exit_code == 0, ran.output
    assert files["a.csv.out"] == b"".join(b"%d,%d.0\n" % (number, number + 1) for number in range(20_000))


def packed(records, megabytes, strategy="MultiRecord", split="Line", **processing):
    """How many records each request holds, for a limit of so many bytes (taken as MB)."""
    request = {
        "TransformInput": {"SplitType": split, "ContentType": "text/csv"},
        "TransformOutput": {"AssembleWith": split, "Accept": "text/csv"},
        "BatchStrategy": strategy,
        "DataProcessing": processing,
    }
    settings = replace(read_settings(request, {}), payload_bytes_max=megabytes)
    return [batch.sent.count(b"\n") for batch in pack(records, settings, read_processing(request))]


def test_records_are_packed_up_to_the_payload_limit():
    records = [b"1,23\n"] * 5
    assert packed(records, 11) == [2, 2, 1]
    assert packed(records, None) == [5]
    assert packed(records, 11, "SingleRecord") == [1, 1, 1, 1, 1]
    with pytest.raises(UserError, match="a record of 5 bytes is above the limit of MaxPayloadInMB"):
        packed([b"1234\n"], 3)
    with pytest.raises(UserError, match="a record of more than 4 bytes is above the limit of MaxPayloadInMB"):
        packed(records, 4)


def test_what_is_sent_and_what_is_kept_for_the_join_both_count():
    records = [b"1,23\n"] * 5
    assert packed(records, 11, InputFilter="$[0]") == [5]
    assert packed(records, 11, InputFilter="$[0]", JoinSource="Input") == [2, 2, 1]
    assert packed(records, 2, InputFilter="$[0]", JoinSource="Input") == [1, 1, 1, 1, 1]


def test_recordio_and_tfrecord_are_cut_between_records():
    recordio = [
        struct.pack("<II", 0xCED7230A, len(body)) + body + b"\0" * (-len(body) % 4) for body in (b"abc", b"defgh")
    ]
    assert list(read_records(io.BytesIO(b"".join(recordio)), "RecordIO")) == recordio
    tfrecord = [struct.pack("<QI", len(body), 1) + body + struct.pack("<I", 2) for body in (b"abc", b"defgh")]
    assert list(read_records(io.BytesIO(b"".join(tfrecord)), "TFRecord")) == tfrecord
    assert list(read_records(io.BytesIO(b"".join(recordio)), "RecordIO", bare=True)) == [b"abc", b"defgh"]
    assert list(read_records(io.BytesIO(b"".join(tfrecord)), "TFRecord", bare=True)) == [b"abc", b"defgh"]
    for form in ("RecordIO", "TFRecord"):
        with pytest.raises(UserError, match=f"not in {form} format"):
            list(read_records(io.BytesIO(b"1,2,3"), form))
        with pytest.raises(UserError, match=f"not in {form} format"):
            list(read_records(io.BytesIO(b"1,2,3\n" * 100), form))


def test_a_recordio_record_in_parts_is_one_record():
    magic = struct.pack("<I", 0xCED7230A)
    contents = (b"abcd", b"efgh", b"ijkl")
    parts = [magic + struct.pack("<I", part << 29 | 4) + content for part, content in enumerate(contents, 1)]
    source = b"".join(parts) + magic + struct.pack("<I", 2) + b"xy\0\0"
    assert list(read_records(io.BytesIO(source), "RecordIO")) == [b"".join(parts), source[-12:]]
    assert list(read_records(io.BytesIO(source), "RecordIO", bare=True)) == [magic.join(contents), b"xy"]


def test_the_request_comes_before_what_the_server_offers_and_that_before_the_defaults():
    offered = {"MaxConcurrentTransforms": 8, "BatchStrategy": "SINGLE_RECORD", "MaxPayloadInMB": 20}
    request = lines_request(MaxPayloadInMB=0, BatchStrategy="MultiRecord", MaxConcurrentTransforms=0)
    asked = read_settings(request, offered)
    assert (asked.payload_bytes_max, asked.concurrency, asked.single_record) == (None, 8, False)
    told = read_settings(lines_request(), offered)
    assert (told.payload_bytes_max, told.concurrency, told.single_record) == (20 * 1024**2, 8, True)
    plain = read_settings(lines_request(), {})
    assert (plain.payload_bytes_max, plain.concurrency, plain.single_record) == (6 * 1024**2, 1, False)
    assert (plain.timeout_seconds, plain.retries) == (600.0, 3)
