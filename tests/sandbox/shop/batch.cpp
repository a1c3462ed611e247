#include "tests/sandbox/shop/batch.h"

#include <chrono>
#include <thread>

namespace sandbox::shop {

namespace {

// PHP walks an object's values as it walks a list.
std::vector<Json> items_of(const Json& body, const char* key) {
    std::vector<Json> out;
    if (!has_value(body, key) || !body.at(key).is_structured()) return out;
    for (const auto& item : body.at(key)) out.push_back(item);
    return out;
}

class Batch {
 public:
    Batch(const ShopConfig& config, const BatchOperations& operations) : config_(config), operations_(operations) {}

    std::string create(const Json& item) { return told(operations_.create(item), 0); }

    std::string update(const Json& item) {
        if (!item.is_object() || !has_value(item, "id")) {
            return told(fail(400, operations_.invalid_id_code, operations_.invalid_id_message), nullptr);
        }
        const auto id = to_integer(item.at("id"));
        return told(operations_.update(id, item), id);
    }

    std::string remove(const Json& item) {
        const auto id = to_integer(item);
        return told(operations_.remove(id), id);
    }

    void pause() const {
        if (config_.item_latency_ms > 0)
            std::this_thread::sleep_for(std::chrono::milliseconds(config_.item_latency_ms));
    }

 private:
    static std::string told(const Answer& answer, const Json& id) {
        return answer ? *answer : wire_text(Json{{"id", id}, {"error", answer.error().json()}});
    }

    const ShopConfig& config_;
    const BatchOperations& operations_;
};

}  // namespace

kit::Response run_batch(const kit::Request& request, const ShopConfig& config, const Json& body,
                        const BatchOperations& operations) {
    std::size_t count = 0;
    for (const char* key : {"create", "update", "delete"}) count += items_of(body, key).size();
    if (count > static_cast<std::size_t>(config.max_batch_items)) {
        return fail(413, "woocommerce_rest_request_entity_too_large",
                    "Unable to accept more than " + std::to_string(config.max_batch_items) + " items for this request.")
            .error()
            .response();
    }
    const auto* fields = request.query_value("_fields");
    // Only whole keys of the answer can be asked for; "update.id" gives an empty list (measured).
    const auto trimmed = [&](const std::string& key) {
        return fields != nullptr && !fields->empty() &&
               ("," + *fields + ",").find("," + key + ",") == std::string::npos;
    };
    Batch batch(config, operations);
    std::string out;
    for (const char* key : {"create", "update", "delete"}) {
        const auto items = items_of(body, key);
        if (items.empty()) continue;  // an empty list is no key in the answer (capture products-batch-empty-update-200)
        std::string list;
        for (const auto& item : items) {
            if (key == std::string_view("delete") && to_integer(item) == 0) continue;
            batch.pause();
            const auto text = key[0] == 'c'   ? batch.create(item)
                              : key[0] == 'u' ? batch.update(item)
                                              : batch.remove(item);
            list += (list.empty() ? "" : ",") + text;
        }
        const bool named = fields == nullptr || fields->find(key) != std::string::npos;
        if (named) out += (out.empty() ? "\"" : ",\"") + std::string(key) + "\":[" + (trimmed(key) ? "" : list) + "]";
    }
    return kit::json_response(200, out.empty() ? "[]" : "{" + out + "}");
}

}  // namespace sandbox::shop
