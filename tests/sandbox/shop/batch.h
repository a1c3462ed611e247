// The batch endpoints (contract woocommerce 7): create, then update, then delete, one after the other, each on its own,
// no check of values, always 200 but for too many items.
#pragma once

#include <functional>

#include "tests/sandbox/kit/http_message.h"
#include "tests/sandbox/shop/config.h"
#include "tests/sandbox/shop/error.h"

namespace sandbox::shop {

struct BatchOperations {
    std::function<Answer(const Json& item)> create;
    std::function<Answer(std::int64_t id, const Json& item)> update;
    std::function<Answer(std::int64_t id)> remove;
    // The error of an update without a usable id.
    std::string invalid_id_code;
    std::string invalid_id_message = "Invalid ID.";
};

kit::Response run_batch(const kit::Request& request, const ShopConfig& config, const Json& body,
                        const BatchOperations& operations);

}  // namespace sandbox::shop
