"""The ways out of the house beside the page of an item. To add one: its file, a line here, its name in core/outputs."""

from wdj.portal.channels import script, wechat, weibo

WRITTEN = (wechat.channel, weibo.channel, script.channel)
