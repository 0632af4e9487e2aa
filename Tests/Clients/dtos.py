"""The Secure Messaging API as ServiceStack's Python tooling would write it: types alone, no requests made by hand."""

from dataclasses import dataclass, field
from typing import List, Optional

from dataclasses_json import LetterCase, Undefined, dataclass_json
from servicestack import IDelete, IGet, IPost, IPut, IReturn


def dto(kind):
    return dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)(dataclass(kind))


@dto
class Empty:
    pass


@dto
class User:
    email: str = ""
    guid: Optional[str] = None
    first_name: Optional[str] = None
    last_name: Optional[str] = None


@dto
class MessageOptions:
    allow_forward: Optional[bool] = None
    allow_reply: Optional[bool] = None
    allow_tracking: Optional[bool] = None
    share_tracking: Optional[bool] = None
    fyeo_type: Optional[str] = None


@dto
class LoginResponse:
    session_token: str = ""


@dto
class Login(IReturn[LoginResponse], IPost):
    username: str = ""
    password: str = ""
    cookieless: Optional[bool] = None


@dto
class Logout(IReturn[Empty], IPost):
    pass


@dto
class GetUserSettingsResponse:
    email_address: str = ""
    state: str = ""
    first_name: Optional[str] = None


@dto
class GetUserSettings(IReturn[GetUserSettingsResponse], IGet):
    pass


@dto
class GetUserQuotasResponse:
    daily_messages_allowed: int = 0
    daily_messages_left: int = 0
    daily_invites_allowed: int = 0
    daily_invites_left: int = 0


@dto
class GetUserQuotas(IReturn[GetUserQuotasResponse], IGet):
    pass


@dto
class PreCreateMessageResponse:
    message_guid: str = ""


@dto
class PreCreateMessage(IReturn[PreCreateMessageResponse], IPost):
    action_code: str = "New"
    parent_guid: Optional[str] = None
    password: Optional[str] = None


@dto
class SaveMessage(IReturn[Empty], IPut):
    message_guid: str = ""
    to: List[str] = field(default_factory=list)
    cc: List[str] = field(default_factory=list)
    bcc: List[str] = field(default_factory=list)
    subject: Optional[str] = None
    body: Optional[str] = None
    body_format: str = "Text"
    message_options: Optional[MessageOptions] = None
    expiry_date: Optional[str] = None


@dto
class SendMessageResponse:
    notification_sent: bool = False
    notification_body_text: Optional[str] = None


@dto
class SendMessage(IReturn[SendMessageResponse], IPut):
    message_guid: str = ""
    password: Optional[str] = None
    invite_new_users: Optional[bool] = None
    send_email_notification: Optional[bool] = None
    notification_formats: Optional[List[str]] = None


@dto
class Chunk:
    chunk_number: int = 0
    bytes_size: int = 0
    byte_start_index: int = 0
    byte_end_index: int = 0
    upload_uri: str = ""


@dto
class Placeholder:
    file_name: str = ""
    total_bytes_length: int = 0
    attachment_guid: Optional[str] = None
    chunks: Optional[List[Chunk]] = None


@dto
class PreCreateAttachmentsResponse:
    attachment_placeholders: List[Placeholder] = field(default_factory=list)


@dto
class PreCreateAttachments(IReturn[PreCreateAttachmentsResponse], IPost):
    message_guid: str = ""
    attachment_placeholders: List[Placeholder] = field(default_factory=list)


@dto
class AttachmentSummary:
    guid: str = ""
    file_name: str = ""
    file_size: int = 0


@dto
class GetMessageResponse:
    guid: str = ""
    subject: str = ""
    body: str = ""
    status: str = ""
    sender: Optional[User] = None
    to: List[User] = field(default_factory=list)
    bcc: List[User] = field(default_factory=list)
    attachments: List[AttachmentSummary] = field(default_factory=list)
    retrieved: bool = False
    recall_reason: Optional[str] = None
    recall_date: Optional[str] = None


@dto
class GetMessage(IReturn[GetMessageResponse], IGet):
    message_guid: str = ""
    retrieve_body: Optional[bool] = None


@dto
class SearchMessagesPagedResponse:
    page_size: int = 0
    total_pages: int = 0
    total_items: int = 0
    current_page: int = 0
    results: List[GetMessageResponse] = field(default_factory=list)


@dto
class SearchMessages(IReturn[SearchMessagesPagedResponse], IGet):
    page: Optional[int] = None
    page_size: Optional[int] = None
    # A text in JSV: this client cannot write an object into a query itself.
    filter: Optional[str] = None


@dto
class RecallMessage(IReturn[Empty], IPost):
    message_guid: str = ""
    recall_reason: Optional[str] = None
    single_recall: Optional[bool] = None
