import time
import pytest
pytestmark=pytest.mark.django_db
def test_fill(ours, theirs):
    print(theirs)
