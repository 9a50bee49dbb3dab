import numpy as np
import pytest

from keras_resgen.data.attribute_file import predict_attributes

CELEBA = """3
Smiling No_Beard
000001.jpg -1  1
000002.jpg  1 -1
000003.jpg  1  1
"""


@pytest.fixture
def write(tmp_path):
    def write(content, name="attributes.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


@pytest.mark.parametrize(
    "content",
    [
        "filename,smiling,hat\na.png,0,1\nb.png,1,1\n",
        "image_id,smiling,hat\r\na.png,-1,1\r\nb.png,1,1\r\n",
        "\ufefffile_name, smiling ,hat\na.png, 0,true\n\nb.png,1 ,True",
        '"filename","smiling","hat"\n"b.png","1","1"\n"a.png","0","1"\n',
    ],
)
def test_csv_is_read(write, content):
    attributes = predict_attributes(write(content)).select(["a.png", "b.png", "a.png"])
    assert {name: values.tolist() for name, values in attributes.items()} == {
        "smiling": [False, True, False],
        "hat": [True, True, True],
    }
    assert all(values.dtype == bool for values in attributes.values())


def test_celebas_own_format_is_read(write):
    table = predict_attributes(write(CELEBA, "list_attr_celeba.txt"))
    np.testing.assert_array_equal(
        table.select(["000003.jpg", "000001.jpg"])["Smiling"], [True, False]
    )


def test_a_cut_off_celeba_file_is_refused(write):
    with pytest.raises(ValueError, match=r"Expected 3 rows .* Received: 2"):
        predict_attributes(write(CELEBA[:-20]))


def test_columns_that_are_not_binary_are_left_out_with_a_note(write):
    table = predict_attributes(
        write("filename,smiling,mood,age,level\na,0,happy,31,-1\nb,1,sad,7,0\nc,1,,9,1\n")
    )
    assert list(table.columns) == ["smiling"]
    assert len(table.notes) == 3
    assert "'mood' of attributes.csv is not binary ('', 'happy', 'sad')" in table.notes[0]
    assert "'level'" in table.notes[2]


def test_names_with_folders_commas_newlines_and_other_scripts(write):
    table = predict_attributes(write('filename,x\n"a,b/c d.png",1\n"new\nline.png",0\n顔.png,1\n'))
    names = ["a,b/c d.png", "new\nline.png", "顔.png"]
    assert table.select(names)["x"].tolist() == [True, False, True]


def test_a_name_without_its_folder_is_enough(write):
    table = predict_attributes(write("filename,x\na.png,1\nsub/a.png,0\n"))
    assert table.select(["other/a.png", "sub/a.png"])["x"].tolist() == [True, False]


def test_missing_rows_are_counted_and_named(write):
    table = predict_attributes(write("filename,x\na.png,1\n"))
    names = ["a.png", *(f"z{index}.png" for index in range(7))]
    with pytest.raises(ValueError, match=r"7 of 8 images \('z0.png', .*'z4.png', \.\.\.\)"):
        table.rows(names)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "begins with one of filename"),
        ("a.png,1\n", "begins with one of filename"),
        ("filename;x\na.png;1\n", "separated by commas"),
        ("filename,x\n", "0 rows"),
        ("filename\na.png\n", "columns none"),
        ("filename,mood\na.png,happy\n", "columns mood"),
        ("filename,x\na.png,1\na.png,0\n", "each row .* once. Received: 'a.png' twice"),
        ("filename,x,x\na.png,1,0\n", "each column .* once. Received: 'x' twice"),
        ("filename,x,y\na.png,1\n", "Expected 3 values in every row .* 2 in the row of 'a.png'"),
        (b"filename,x\n\xff\xfe,1\n", "UTF-8"),
    ],
)
def test_other_content_is_refused(write, content, message):
    with pytest.raises(ValueError, match=message):
        predict_attributes(write(content))


def test_a_missing_file_is_refused(tmp_path):
    for path in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(FileNotFoundError, match="file of attributes"):
            predict_attributes(path)
