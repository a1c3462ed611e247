// What the translators share: times, entities of HTML, addresses, meta data.  Pure functions.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "common/events/codec.h"
#include "common/json/value.h"

namespace shopwire::woocommerce {

// Milliseconds of one of the shop's "..._gmt" times; 0 when it is null or absent.
std::int64_t time_or_zero(json::Reader& read, std::string_view name);

// The shop answers names escaped for HTML: "Salt &amp; Pepper" (contract woocommerce 6).
std::string unescape_html(std::string_view text);

// "" for 0, by which the shop says "none".
std::string id_or_empty(json::Reader& read, std::string_view name);

void set_decimal(events::v1::Decimal& out, Decimal value);

void read_address(json::Reader& read, events::v1::Address& out);

// Value of the first of `keys` that is not empty: a field of `billing`, or an entry of `meta_data`.
std::string first_field(json::Reader& entity, std::span<const std::string> keys);

// Text of one of the entity's meta_data; empty when it has none.
std::string_view meta_value(json::Value entity, std::string_view key);

// An error object where an entity should be: the resource was gone when the webhook was delivered
// (webhook-delivery-of-deleted-resource.json).
bool is_error_object(json::Value body);

events::Event deleted_event(std::string_view entity, std::string_view native_id, std::string_view sku = {});

}  // namespace shopwire::woocommerce
