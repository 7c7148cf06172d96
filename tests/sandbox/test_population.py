"""The crowd: computed, never stored, the same for the same seed."""

from hypothesis import given
from hypothesis import strategies as st

from sandbox.line.people import USER_ID, PopulationSettings
from sandbox.line.population import Population

HUGE = PopulationSettings(followers=2**40)


@given(st.integers(0, 2**40 - 1), st.text(max_size=8))
def test_an_id_leads_back_to_its_number(index: int, seed: str) -> None:
    crowd = Population(seed, HUGE)
    user_id = crowd.user_id(index)
    assert USER_ID.match(user_id)
    assert crowd.index_of(user_id) == index


@given(st.integers(0, 2**128 - 1))
def test_an_id_made_up_belongs_to_no_one(number: int) -> None:
    assert Population("seed", PopulationSettings(followers=1_000_000)).index_of(f"U{number:032x}") is None


def test_people_are_the_same_for_the_same_seed_and_others_for_another() -> None:
    settings = PopulationSettings(followers=500)
    first = [Population("one", settings).person(index) for index in range(500)]
    assert first == [Population("one", settings).person(index) for index in range(500)]
    assert not {person.user_id for person in first} & {Population("two", settings).user_id(i) for i in range(500)}


def test_people_are_believable() -> None:
    crowd = Population("seed", PopulationSettings(followers=3000))
    people = [crowd.person(index) for index in range(3000)]
    assert len({person.display_name for person in people}) > 1000
    assert 0.7 < sum(person.picture_url is not None for person in people) / 3000 < 0.95
    assert 0.2 < sum(person.status_message is not None for person in people) / 3000 < 0.6
    assert {person.language for person in people} == {"ja", "en", None}


def test_shares_are_kept() -> None:
    settings = PopulationSettings(followers=20_000, blocked=0.2, no_consent=0.05, gone=0.01)
    fates = [Population("seed", settings).fate(index) for index in range(20_000)]
    assert 3800 < fates.count("blocked") < 4200
    assert 850 < fates.count("no-consent") < 1150
    assert 140 < fates.count("gone") < 260


def test_a_larger_crowd_keeps_the_smaller_ones_people() -> None:
    settings = PopulationSettings(followers=10)
    crowd = Population("seed", settings)
    before = [crowd.user_id(index) for index in range(10)]
    eleventh = crowd.user_id(10)
    assert crowd.index_of(eleventh) is None
    settings.followers = 11
    assert crowd.index_of(eleventh) == 10
    assert [crowd.user_id(index) for index in range(10)] == before
