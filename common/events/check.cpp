// What an event must hold beyond what protobuf enforces.
#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <cstdlib>

#include "common/events/codec.h"

namespace shopwire::events {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr std::size_t kTextBytesMax = 64 * 1024;
constexpr int kElementsMax = 10'000;  // lines of an order, images of a product ...
constexpr int kDepthMax = 16;

// RFC 3629: no overlong form, no surrogate, nothing past U+10FFFF.
bool is_utf8(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    for (std::size_t at = 0; at < text.size();) {
        const unsigned first = byte(at);
        const std::size_t size = first < 0x80   ? 1
                                 : first < 0xc2 ? 0
                                 : first < 0xe0 ? 2
                                 : first < 0xf0 ? 3
                                 : first < 0xf5 ? 4
                                                : 0;
        if (size == 0 || at + size > text.size()) return false;
        for (std::size_t i = 1; i < size; ++i) {
            if ((byte(at + i) & 0xc0) != 0x80) return false;
        }
        const unsigned second = size > 1 ? byte(at + 1) : 0;
        if ((first == 0xe0 && second < 0xa0) || (first == 0xed && second > 0x9f)) return false;
        if ((first == 0xf0 && second < 0x90) || (first == 0xf4 && second > 0x8f)) return false;
        at += size;
    }
    return true;
}

std::unexpected<Error> wrong(const std::string& path, std::string_view expected) {
    return rejected("checking an event: " + path + ": expected " + std::string(expected));
}

Status check_text(const std::string& text, const std::string& path, bool binary) {
    if (text.size() > kTextBytesMax) return wrong(path, "at most " + std::to_string(kTextBytesMax) + " bytes");
    if (!binary && !is_utf8(text)) return wrong(path, "valid UTF-8");
    return {};
}

// Walks every field that is set.
class Walk {
 public:
    Status message(const Message& message, const std::string& path, int depth) {
        if (depth > kDepthMax) return wrong(path, "at most " + std::to_string(kDepthMax) + " levels");
        if (message.GetDescriptor() == v1::Decimal::descriptor()) return decimal(message, path);
        const auto* reflection = message.GetReflection();
        std::vector<const FieldDescriptor*> fields;
        reflection->ListFields(message, &fields);
        for (const FieldDescriptor* field : fields) {
            const std::string here = path + "." + field->name();
            if (!field->is_repeated()) {
                if (Status status = value(message, field, -1, here, depth); !status) return status;
                continue;
            }
            const int size = reflection->FieldSize(message, field);
            if (size > kElementsMax) return wrong(here, "at most " + std::to_string(kElementsMax) + " elements");
            for (int i = 0; i < size; ++i) {
                Status status = value(message, field, i, here + "[" + std::to_string(i) + "]", depth);
                if (!status) return status;
            }
        }
        return {};
    }

 private:
    static Status decimal(const Message& message, const std::string& path) {
        const std::int64_t micros = static_cast<const v1::Decimal&>(message).micros();
        if (micros < Decimal::kMicrosMax && micros > -Decimal::kMicrosMax) return {};
        return wrong(path, "less than " + Decimal::from_micros(Decimal::kMicrosMax).text() + " in size");
    }

    Status value(const Message& parent, const FieldDescriptor* field, int index, const std::string& path, int depth) {
        const auto* reflection = parent.GetReflection();
        if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
            return message(index < 0 ? reflection->GetMessage(parent, field)
                                     : reflection->GetRepeatedMessage(parent, field, index),
                           path, depth + 1);
        }
        if (field->cpp_type() != FieldDescriptor::CPPTYPE_STRING) return {};
        std::string scratch;
        const std::string& text = index < 0 ? reflection->GetStringReference(parent, field, &scratch)
                                            : reflection->GetRepeatedStringReference(parent, field, index, &scratch);
        return check_text(text, path, field->type() == FieldDescriptor::TYPE_BYTES);
    }
};

Status check_source(const v1::Source& source) {
    if (source.merchant().empty()) return wrong("$.source.merchant", "text, got none");
    if (source.connection().empty()) return wrong("$.source.connection", "text, got none");
    if (source.system().empty()) return wrong("$.source.system", "text, got none");
    if (source.origin() == v1::ORIGIN_UNSPECIFIED) return wrong("$.source.origin", "an origin, got none");
    if (source.observed_at_ms() <= 0) return wrong("$.source.observed_at_ms", "a time, got none");
    return {};
}

// What the key is made of must be there, else unlike things would share one.
Status check_identity(const Event& event) {
    const auto present = [](const std::string& text, const char* path) -> Status {
        if (text.empty()) return wrong(path, "text, got none");
        return {};
    };
    const auto sku_or_id = [](const auto& goods, const char* path) -> Status {
        if (fold_sku(goods.sku()).empty() && goods.native_id().empty()) return wrong(path, "text here or in native_id");
        return {};
    };
    switch (event.body_case()) {
        case Event::kProduct: return sku_or_id(event.product(), "$.product.sku");
        case Event::kStock: return sku_or_id(event.stock(), "$.stock.sku");
        case Event::kPrice: return sku_or_id(event.price(), "$.price.sku");
        case Event::kCustomer: return present(event.customer().native_id(), "$.customer.native_id");
        case Event::kOrder: return present(event.order().native_id(), "$.order.native_id");
        case Event::kRefund: return present(event.refund().order_native_id(), "$.refund.order_native_id");
        case Event::kDocument: return present(event.document().native_id(), "$.document.native_id");
        case Event::kShipment:
            if (!event.shipment().external_number().empty()) return {};
            return present(event.shipment().order_native_id(), "$.shipment.order_native_id");
        case Event::kBalance: return present(event.balance().customer_native_id(), "$.balance.customer_native_id");
        case Event::kDeleted:
            if (!entity_of(event)) return wrong("$.deleted.entity", "the name of an entity");
            return sku_or_id(event.deleted(), "$.deleted.sku");
        case Event::kMarker: return present(event.marker().pass_id(), "$.marker.pass_id");
        case Event::BODY_NOT_SET: return wrong("$", "a body, got none");
    }
    return wrong("$", "a known body");
}

}  // namespace

Status check(const Event& event) {
    if (Status status = check_source(event.source()); !status) return status;
    if (Status status = check_identity(event); !status) return status;
    return Walk().message(event, "$", 0);
}

}  // namespace shopwire::events
