"""Local stand-ins for outside services; LINE and HubSpot. Speaks HTTP, shares no code with the program.

`python -m sandbox [--host 127.0.0.1] [--port 8001] [--data DIR] [--seed N] [--demo]`

The vendor's wire. One origin serves the paths of api.line.me and api-data.line.me, so the program only needs
this address instead of both. Every answer carries `x-line-request-id`; errors are worded as LINE words them.

    POST /oauth2/v3/token  /v2/oauth/accessToken  /v2/oauth/verify  /v2/oauth/revoke
    POST /oauth2/v2.1/verify   GET /oauth2/v2.1/certs
    GET  /v2/bot/info
    PUT, GET /v2/bot/channel/webhook/endpoint  POST /v2/bot/channel/webhook/test
    GET  /v2/bot/followers/ids  /v2/bot/profile/{userId}
    POST /v2/bot/message/reply  /v2/bot/message/push  /v2/bot/message/multicast
    POST /v2/bot/message/validate/{reply|push|multicast|narrowcast|broadcast}
    GET  /v2/bot/message/quota  /v2/bot/message/quota/consumption  /v2/bot/message/aggregation/{info|list}
    GET  /v2/bot/insight/message/event/aggregation
    GET  /v2/bot/message/delivery/{reply|push|multicast|broadcast}
    GET  /v2/bot/message/{messageId}/content[/preview|/transcoding]
    GET  /v2/bot/group/{groupId}/{summary|members/count|members/ids|member/{userId}}   POST …/leave
    GET  /v2/bot/room/{roomId}/{members/count|members/ids|member/{userId}}   POST …/leave
    POST /v2/bot/chat/loading/start  /v2/bot/chat/markAsRead  /v2/bot/message/markAsRead
    POST /v2/bot/user/{userId}/linkToken
    POST /v2/bot/richmenu  /v2/bot/richmenu/{validate|batch|validate/batch}   GET …/list  …/progress/batch
    GET, DELETE /v2/bot/richmenu/{richMenuId}   POST, GET …/content   POST …/bulk/{link|unlink}
    POST /v2/bot/richmenu/alias   GET …/list   GET, POST, DELETE …/{richMenuAliasId}
    GET, DELETE /v2/bot/user/{all|userId}/richmenu   POST …/{richMenuId}

HubSpot's wire stands below /hubspot, which is the address of its API and of its pages for the program:

    POST /hubspot/oauth/{version}/token  …/token/{introspect|revoke}   v1: GET …/{access|refresh}-tokens/{token}
    GET  /hubspot/account-info/{version}/details   DELETE /hubspot/appinstalls/{version}/external-install
    /hubspot/crm/objects/{version}/{contacts|companies}[/{id}|/merge|/gdpr-delete|/search|/batch/…]
    /hubspot/crm/properties/{version}/{contacts|companies}[/{name}|/groups[/{name}]|/batch/…]
    GET  /hubspot/crm/limits/{version}/custom-properties
    /hubspot/crm/lists/{version}[/{listId}[/memberships/…]|/search|/records/…]
    /hubspot/crm/objects/{version}/{type}/{id}/associations/…   /hubspot/crm/associations/{version}/{from}/{to}/…
    /hubspot/crm/exports/{version}/export/…   /hubspot/webhooks/{version}/{appId}/{settings|subscriptions}
    /hubspot/webhooks-journal/{subscriptions|journal|journal-local|snapshots}/{version}/…
    /hubspot/automation/actions/{version}/{appId}/…   …/callbacks/{version}/{callbackId}/complete

For people with a browser, in English and Japanese:

    /                                        pick an account
    /phone/{channel_id}                      pick or make a person
    /phone/{channel_id}/{user_id}[/groups/{group_id}]   be that person: the chat, and what the bot is told of it
    /hubspot                                 be the user of a HubSpot portal; /hubspot/oauth/authorize asks for consent
    /control                                 accounts, clock, faults, logs, limits

LIFF as at liff.line.me: /liff/{liff_id}/…, with /liff/sdk.js as LINE's script.

Drawn pictures: /_sandbox/avatars/{id}.svg, /_sandbox/bots/{channel_id}.svg and /_sandbox/films/{any}.mp4.

The control API, JSON under /_sandbox/api. Errors are `{"error": "..."}` with 400, 404 or 409. Below, {c} stands
for /channels/{channel_id} and {f} for {c}/friends/{user_id}.

    GET    /status               alive, seed, clock
    POST   /reset                close all channels; forget faults, counters, logs; set the clock right
    GET, POST /clock             {"advance_seconds": 60}; also at /_sandbox/clock
    GET, POST /channels          open one: name, channel_id?, secret?, long_lived_token? and any setting
    GET, PATCH, DELETE {c}       settings: kind, name, basic_id, premium_id, provider, has_picture, chat_mode,
                                 webhook {endpoint, active, apply_seconds, batch_size, duplicate_rate, hold, style,
                                 redelivery {enabled, count, interval_seconds}, suspend_after_failures, suspended},
                                 population {followers, blocked, no_consent, gone}, paging {short, empty, repeat},
                                 quota {type, value}, limits {enforce, burst_seconds, pushes_per_user_minute},
                                 latency {fixed_ms | median_ms, p99_ms, profiles_per_second},
                                 login_channel_id, liff_apps {LIFF id: endpoint URL},
                                 rich_menu_seconds, default_menu_of_other_channel,
                                 multicast_unknown accept|reject, coupons [ids that may be sent]
    POST   {c}/secret            rotate, or set {"secret"}
    POST   {c}/tokens            {"kind": "long-lived"|"short-lived"|"stateless", "value"?}
    DELETE {c}/tokens[?value=]   revoke one, or all (stateless ones too)
    GET    {c}/friends           ?cursor=&limit=&q=&state=; answers friends, next, total
    POST   {c}/friends           make a person: user_id?, display_name, status_message, …; state is "never"
    POST   {f}/id-token          as their LIFF pages get it; claims in the body replace the usual ones
    GET, PATCH {f}               change behind the bot's back: state, consent, gone, names
    POST   {f}/acts              {"act", …, "wait"?: seconds, "manner"?: {timestamp, standby, silent, webhook:
                                 {signature, header, destination, style, duplicates, delay_ms, raw, endpoint}}}
                                 add · block · unblock · message {message: {type, …}} · unsend {messageId} ·
                                 postback {data, displayText, params} · video-complete {trackingId} ·
                                 account-link {nonce, linkToken?, result?} · tap {action, params?} ·
                                 event {type, details, can_reply}
    POST   {f}/visits            {"address"}: open a link as LINE's browser does; answers status and leads_to
    POST   {f}/looks             {"messages"?: 20, "width"?: 1040}: fetch the pictures of the newest messages as the
                                 app does; answers {"fetched": [{address, status, type, bytes}]}
    GET    {f}/rich-menu         the menu on their phone; {c}/rich-menus has all, default, aliases and links
    GET    {f}/chat              ?after=&wait=; what they wrote and what arrived, in order
    GET, POST {c}/groups         make one: name, members, kind group|room; the account is not in it until `join`
    POST   {c}/groups/{group}/acts   join · leave · member-joined {user_ids} · member-left {user_ids} ·
                                 message {user_id, message} · edit {messageId, text} · unsend {messageId} ·
                                 postback {user_id, data}
    GET    {c}/groups/{group}  {c}/groups/{group}/chat
    GET    {c}/webhooks          ?after=&limit=; every request sent: body, status, milliseconds, attempt
    POST   {c}/webhooks          send {"events": […]} or {"body": object or text} with {"options": …}, "wait"?
    POST   {c}/webhooks/release  {"order": "kept"|"reversed"|"shuffled"}: let go what `hold` held back
    POST   {c}/webhooks/wait     {"wait": 10}: until nothing is on the way
    POST   {c}/webhooks/{number}/repeat   {"redelivery": true}, or a plain duplicate
    GET    {c}/messages          ?user=&after=&limit=; what was accepted, delivered or dropped
    GET    {c}/messages/summary  counts, and chats reached more than once
    DELETE {c}/messages          forget them
    GET, POST, DELETE /faults    rules; DELETE /faults/{id} removes one; the fields are in `sandbox/faults.py`
    GET, POST /hubspot/portals   open one: name, portal_id?, tier, time_zone,
                                 population {contacts, companies, per_stamp}, switches (the fields are in
                                 `sandbox/hubspot/state.py`). Below, {p} is such a portal
    GET, PATCH, DELETE {p}
    POST   {p}/authorize         say yes to an authorize link: its query, and withhold [scopes] or deny
    GET, PATCH, DELETE {p}/installs/{app_id}   scopes; DELETE uninstalls; POST …/{expire|revoke} spoils the tokens
    GET, POST {p}/{contacts|companies}   as HubSpot's user: properties; GET, PATCH, DELETE …/{id},
                                 POST …/{id}/{restore|erase|merge}, PUT …/{id}/company, POST …/touch {count, properties}
    GET, POST {p}/lists          static, or active with property and values; GET, PATCH, DELETE …/{id},
                                 POST …/{id}/members {add, remove}, of active ones too
    GET    {p}/actions           what workflows offer; POST …/{id}/options {field, q, inputs}
    GET, POST {p}/executions     run an action: definition_id, record_id, inputs; GET …/{callbackId}
    GET, POST /hubspot/apps      register one: name, app_id?, client_id, client_secret, developer_key, redirect_urls,
                                 required_scopes, optional_scopes, webhooks; GET, PATCH, DELETE …/{app_id},
                                 POST …/{app_id}/install {portal_id}: from the marketplace,
                                 POST …/{app_id}/webhooks {events}, …/webhooks/{release|wait}
    GET, DELETE /hubspot/requests  /hubspot/rates   every call, and whether a limit was ever exceeded
    GET    /hubspot/sent         what was sent to apps
    GET, DELETE /counters        ?channel_id=; requests, statuses, busiest second, ever exceeded
"""
