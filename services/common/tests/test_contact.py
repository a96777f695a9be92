"""Contacts as people write them: numbers with their country, one secret each, nothing secret in a repr."""

from __future__ import annotations

import pytest
from pydantic import TypeAdapter, ValidationError

from feuerwache.common.config.contact import AppriseContact, Contact, PagerDutyContact, SmsContact, VoiceContact
from feuerwache.common.config.people import Person

ANY: TypeAdapter[Contact] = TypeAdapter(Contact)


@pytest.mark.parametrize("written", ["+49 151 12345678", "+49 (151) 1234-5678", "+4915112345678"])
def test_a_number_is_kept_as_the_whole_world_dials_it(written: str) -> None:
    assert SmsContact(number=written).number == "+4915112345678"


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("0151 12345678", '"+4915112345678"'),
        ("0049 151 12345678", '"+4915112345678"'),
        ("+49 151 abc", "no phone number"),
        ("+0151123456", "no phone number"),
        ("+49", "no phone number"),
        (4915112345678, "in quotes"),
    ],
)
def test_a_number_that_cannot_be_dialled_says_how_to_write_it(written: object, said: str) -> None:
    with pytest.raises(ValidationError) as told:
        VoiceContact.model_validate({"number": written})
    assert said in str(told.value)


def test_a_contact_is_told_by_its_channel_and_may_wait() -> None:
    contact = ANY.validate_python({"channel": "sms", "number": "+4915112345678", "after": "2m"})
    assert isinstance(contact, SmsContact)
    assert contact.after.total_seconds() == 120


@pytest.mark.parametrize(
    "contact",
    [{"channel": "pagerduty"}, {"channel": "apprise", "url": "json://x", "url_file": "x"}, {"channel": "fax"}],
)
def test_a_contact_without_its_one_secret_or_channel_is_refused(contact: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        ANY.validate_python(contact)


def test_no_secret_stands_in_a_repr() -> None:
    person = Person.model_validate(
        {
            "id": "anna",
            "name": "Anna",
            "contacts": [
                {"channel": "ntfy", "topic": "wache-s3cret", "token": "tk_s3cret"},
                {"channel": "pagerduty", "routing_key": "s3cret"},
                {"channel": "apprise", "url": "mmosts://s3cret@chat.example/"},
                {"channel": "webhook", "url": "https://x.example", "secret": "whsec_s3cret"},
            ],
        }
    )
    assert "s3cret" not in repr(person)
    assert any(isinstance(contact, PagerDutyContact) for contact in person.contacts)
    assert any(isinstance(contact, AppriseContact) for contact in person.contacts)
