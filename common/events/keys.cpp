// Record keys: what decides the order of records.
#include <array>

#include "common/events/codec.h"

namespace shopwire::events {
namespace {

// One code point of UTF-8, or one byte that is none.
struct CodePoint {
    char32_t value = 0;
    std::size_t size = 1;
};

CodePoint code_point_at(std::string_view text, std::size_t at) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const auto follows = [&](std::size_t i) { return i < text.size() && (byte(i) & 0xc0) == 0x80; };
    const unsigned first = byte(at);
    // Two bytes are enough for all letters that are folded.
    if (first >= 0xc2 && first <= 0xdf && follows(at + 1)) {
        return {.value = static_cast<char32_t>(((first & 0x1f) << 6) | (byte(at + 1) & 0x3fU)), .size = 2};
    }
    return {.value = first < 0x80 ? first : 0, .size = 1};
}

char32_t lower(char32_t c) {
    if (c >= U'A' && c <= U'Z') return c + 0x20;
    if (c >= 0xc0 && c <= 0xde && c != 0xd7) return c + 0x20;  // Latin-1; 0xd7 is the multiplication sign
    if (c == 0x130 || c == 0x131) return c;  // Turkish i with and without dot are different letters
    if (c >= 0x100 && c <= 0x137) return c | 1;  // Latin Extended-A: pairs, capital even
    if (c >= 0x139 && c <= 0x148) return (c & 1) != 0 ? c + 1 : c;  // pairs, capital odd
    if (c >= 0x14a && c <= 0x177) return c | 1;
    if (c == 0x178) return 0xff;
    if (c >= 0x179 && c <= 0x17e) return (c & 1) != 0 ? c + 1 : c;
    if (c >= 0x400 && c <= 0x40f) return c + 0x50;  // Cyrillic
    if (c >= 0x410 && c <= 0x42f) return c + 0x20;
    if (c >= 0x460 && c <= 0x481) return c | 1;
    if (c >= 0x48a && c <= 0x4bf) return c | 1;
    if (c >= 0x4d0 && c <= 0x52f) return c | 1;
    return c;
}

void append(std::string& out, char32_t c) {
    if (c < 0x80) {
        out.push_back(static_cast<char>(c));
    } else {
        out.push_back(static_cast<char>(0xc0 | (c >> 6)));
        out.push_back(static_cast<char>(0x80 | (c & 0x3f)));
    }
}

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view kBlank = " \t\r\n\f\v";
    constexpr std::string_view kNoBreakSpace = "\xc2\xa0";
    while (true) {
        if (!text.empty() && kBlank.contains(text.front())) {
            text.remove_prefix(1);
        } else if (!text.empty() && kBlank.contains(text.back())) {
            text.remove_suffix(1);
        } else if (text.starts_with(kNoBreakSpace)) {
            text.remove_prefix(kNoBreakSpace.size());
        } else if (text.ends_with(kNoBreakSpace)) {
            text.remove_suffix(kNoBreakSpace.size());
        } else {
            return text;
        }
    }
}

// A product without SKU is known by its id alone, so it shares its key with nothing else.
std::string goods_key(const v1::Source& source, std::string_view sku, std::string_view native_id) {
    const std::string folded = fold_sku(sku);
    if (folded.empty()) return join_key({source.merchant(), source.connection(), native_id});
    return join_key({source.merchant(), folded});
}

std::string native_key(const v1::Source& source, std::string_view native_id) {
    return join_key({source.merchant(), source.connection(), native_id});
}

// A system that carries parcels may know our order only by the number that we gave it.
const std::string& order_of(const v1::Shipment& shipment) {
    return shipment.order_native_id().empty() ? shipment.external_number() : shipment.order_native_id();
}

std::optional<Entity> entity_named(std::string_view name) {
    for (const Entity entity : {Entity::kProduct, Entity::kStock, Entity::kPrice, Entity::kCustomer, Entity::kOrder,
                                Entity::kRefund, Entity::kDocument, Entity::kShipment, Entity::kBalance}) {
        if (name_of(entity) == name) return entity;
    }
    return std::nullopt;
}

}  // namespace

std::string join_key(std::initializer_list<std::string_view> parts) {
    std::string key;
    bool first = true;
    for (const std::string_view part : parts) {
        if (!first) key.push_back('/');
        first = false;
        for (const char c : part) {
            if (c == '/') {
                key += "%2F";
            } else if (c == '%') {
                key += "%25";
            } else {
                key.push_back(c);
            }
        }
    }
    return key;
}

std::string fold_sku(std::string_view sku) {
    const std::string_view text = trimmed(sku);
    std::string out;
    out.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) {
        const CodePoint point = code_point_at(text, at);
        if (point.value == 0) {
            out.push_back(text[at]);
        } else {
            append(out, lower(point.value));
        }
        at += point.size;
    }
    return out;
}

std::optional<Entity> entity_of(const Event& event) {
    switch (event.body_case()) {
        case Event::kProduct: return Entity::kProduct;
        case Event::kStock:
        case Event::kMarker: return Entity::kStock;
        case Event::kPrice: return Entity::kPrice;
        case Event::kCustomer: return Entity::kCustomer;
        case Event::kOrder: return Entity::kOrder;
        case Event::kRefund: return Entity::kRefund;
        case Event::kDocument: return Entity::kDocument;
        case Event::kShipment: return Entity::kShipment;
        case Event::kBalance: return Entity::kBalance;
        case Event::kDeleted: return entity_named(event.deleted().entity());
        case Event::BODY_NOT_SET: return std::nullopt;
    }
    return std::nullopt;
}

std::string key_of(const Event& event) {
    const v1::Source& source = event.source();
    switch (event.body_case()) {
        case Event::kProduct: return goods_key(source, event.product().sku(), event.product().native_id());
        case Event::kStock: return goods_key(source, event.stock().sku(), event.stock().native_id());
        case Event::kPrice: return goods_key(source, event.price().sku(), event.price().native_id());
        case Event::kCustomer: return native_key(source, event.customer().native_id());
        case Event::kOrder: return native_key(source, event.order().native_id());
        case Event::kRefund: return native_key(source, event.refund().order_native_id());
        case Event::kDocument: return native_key(source, event.document().native_id());
        case Event::kShipment: return native_key(source, order_of(event.shipment()));
        case Event::kBalance: return native_key(source, event.balance().customer_native_id());
        case Event::kMarker: return native_key(source, source.location());
        case Event::kDeleted: {
            const v1::Deleted& deleted = event.deleted();
            const std::optional<Entity> entity = entity_named(deleted.entity());
            const bool goods = entity == Entity::kProduct || entity == Entity::kStock || entity == Entity::kPrice;
            return goods ? goods_key(source, deleted.sku(), deleted.native_id())
                         : native_key(source, deleted.native_id());
        }
        case Event::BODY_NOT_SET: break;
    }
    return {};
}

}  // namespace shopwire::events
