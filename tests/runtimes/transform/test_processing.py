"""Filters and joins around the model, record by record."""

from __future__ import annotations

import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ormer.runtimes.toolkit.failures import UserError
from ormer.runtimes.transform.csv_rows import read_row, write_row
from ormer.runtimes.transform.processing import read_processing

WITH_IDS = {"DataCaptureConfig": {"DestinationS3Uri": "s3://captured", "GenerateInferenceId": True}}


def request(content_type="text/csv", split="Line", accept=None, assemble=None, **processing):
    return {
        "TransformInput": {"ContentType": content_type, "SplitType": split},
        "TransformOutput": {"Accept": accept or content_type, "AssembleWith": assemble or split},
        "DataProcessing": processing,
    }


def finished(processing, records, answer):
    return b"".join(processing.finish(records, io.BytesIO(answer)))


def test_the_templates_filters_send_the_features_and_keep_label_and_prediction():
    processing = read_processing(request(InputFilter="$[1:]", JoinSource="Input", OutputFilter="$[0,-1]"))
    records = [b"15,0.455,M\n", b'7,"a,b",F\n']
    assert [processing.filter_record(record) for record in records] == [b"0.455,M\n", b'"a,b",F\n']
    assert finished(processing, records, b"9.5\n8.25\n") == b"15,9.5\n7,8.25\n"


def test_a_csv_join_puts_all_prediction_columns_behind_all_input_columns():
    processing = read_processing(request(JoinSource="Input"))
    assert finished(processing, [b"1,2\r\n", b"3,4"], b"0.1,0.9\n0.8,0.2\n") == b"1,2,0.1,0.9\n3,4,0.8,0.2\n"


def test_json_lines_join_under_sagemaker_output():
    processing = read_processing(
        request(
            "application/jsonlines",
            InputFilter="$.features",
            JoinSource="Input",
            OutputFilter="$['id','SageMakerOutput']",
        )
    )
    record = b'{"id": 7, "features": [1, 2]}\n'
    assert processing.filter_record(record) == b"[1,2]\n"
    assert finished(processing, [record], b'{"score": 0.5}') == b'{"id":7,"SageMakerOutput":{"score":0.5}}\n'


def test_a_record_that_is_no_object_stands_under_sagemaker_input():
    processing = read_processing(request("application/json", split="None", JoinSource="Input"))
    assert finished(processing, [b"[1, 2]"], b"[3]") == b'{"SageMakerInput":[1,2],"SageMakerOutput":[3]}\n'


def test_an_output_filter_alone_looks_at_the_prediction_only():
    processing = read_processing(request("text/csv", accept="application/json", OutputFilter="$.predictions[0].score"))
    assert finished(processing, [b"1\n"], b'{"predictions": [{"score": 4.5}]}') == b"4.5\n"


def test_without_data_processing_every_byte_stays():
    processing = read_processing(request("image/png", split="None"))
    assert processing.filter_record(b"\x89PNG\n\x00") == b"\x89PNG\n\x00"
    assert not processing.touches_output


def test_a_whole_csv_object_is_filtered_line_by_line():
    processing = read_processing(request(split="None", InputFilter="$[1]", OutputFilter="$[0]"))
    assert processing.filter_record(b"1,2\n3,4\n") == b"2\n4\n"
    assert finished(processing, [b"1,2\n3,4\n"], b"5,6\n7,8\n") == b"5\n7\n"


def test_an_answer_with_another_number_of_records_cannot_be_joined():
    processing = read_processing(request(JoinSource="Input"))
    with pytest.raises(UserError, match="answered 1 records for 2"):
        finished(processing, [b"1\n", b"2\n"], b"5,6")


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        (request("image/png", JoinSource="Input"), "DataProcessing needs ContentType text/csv"),
        (request("text/csv", accept="application/json", JoinSource="Input"), "the same ContentType and Accept"),
        (request("text/csv", assemble="None", JoinSource="Input"), "the same SplitType and AssembleWith"),
        (request("text/csv", split="None", JoinSource="Input"), "needs SplitType Line"),
        (
            request("text/csv", InputFilter="$.id"),
            r"InputFilter \$.id asks for a name, but the columns",
        ),
        (request("text/csv", OutputFilter="$['a']"), "OutputFilter .* asks for a name"),
        (request("text/csv", split="RecordIO", InputFilter="$[0]"), "needs SplitType Line or None, not RecordIO"),
        (
            {**request("image/png"), **WITH_IDS},
            "GenerateInferenceId needs Accept",
        ),
    ],
)
def test_combinations_that_aws_refuses_are_refused(asked, reason):
    with pytest.raises(UserError, match=reason):
        read_processing(asked)


def test_an_answer_that_is_too_long_cannot_be_joined_either():
    processing = read_processing(request(JoinSource="Input"))
    with pytest.raises(UserError, match="answered 3 records for 1"):
        finished(processing, [b"1\n"], b"5\n6\n7\n")


def test_a_json_document_over_several_lines_is_one_record():
    processing = read_processing(request("application/json", split="None", JoinSource="Input", OutputFilter="$.id"))
    assert finished(processing, [b'{\n "id": "\xc3\xa9"\n}'], b'{\n"score": 1\n}') == b'"\xc3\xa9"\n'


def test_records_that_are_not_what_they_should_be_are_shown():
    with pytest.raises(UserError, match=r"a record is no JSON: .*: hello"):
        read_processing(request("application/json", InputFilter="$.a")).filter_record(b"hello")
    with pytest.raises(UserError, match="a record is no line of CSV"):
        read_processing(request(InputFilter="$[0]")).filter_record(b"\xff\xfe\n")


def test_inference_ids_stand_behind_the_filtered_row():
    asked = {**request(JoinSource="Input", OutputFilter="$[0,-1]"), **WITH_IDS}
    rows = [
        row.split(",") for row in finished(read_processing(asked), [b"1,2\n", b"3,4\n"], b"5\n6\n").decode().split()
    ]
    assert [row[:2] for row in rows] == [["1", "5"], ["3", "6"]]
    assert len({row[2] for row in rows}) == 2 and all(len(row[2]) == 36 for row in rows)
    assert all(row[3].endswith("Z") and row[3][10] == "T" for row in rows)


def test_inference_ids_are_members_of_a_json_answer():
    asked = {**request("application/jsonlines"), **WITH_IDS}
    objects = [json.loads(line) for line in finished(read_processing(asked), [], b'{"score": 1}\n2\n').splitlines()]
    assert [list(each) for each in objects] == [
        ["score", "SageMakerInferenceId", "SageMakerInferenceTime"],
        ["SageMakerOutput", "SageMakerInferenceId", "SageMakerInferenceTime"],
    ]


@given(st.lists(st.text(st.characters(exclude_characters="\r\n\0", codec="utf-8")), min_size=1))
def test_rows_are_written_and_read_as_the_csv_module_does(cells):
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(cells)
    assert write_row(cells) == text.getvalue().encode()
    assert read_row(write_row(cells)) == cells
