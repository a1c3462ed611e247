// The REST API of the shop as one request handler: routing, keys, body reading, common headers. Thread safe.
#pragma once

#include "tests/sandbox/kit/router.h"
#include "tests/sandbox/shop/auth.h"
#include "tests/sandbox/shop/authorize.h"
#include "tests/sandbox/shop/batch.h"
#include "tests/sandbox/shop/customers.h"
#include "tests/sandbox/shop/orders.h"
#include "tests/sandbox/shop/products.h"
#include "tests/sandbox/shop/webhooks_api.h"

namespace sandbox::shop {

class Api {
 public:
    explicit Api(Context context);
    kit::Response handle(const kit::Request& request);
    void reset() {
        auth_.reset();
        authorize_.reset();
    }

 private:
    using Ids = std::vector<std::int64_t>;
    using Body = std::function<Answer(const Ids& ids, const Json& body)>;
    using Single = std::function<Answer(const Ids& ids, const kit::Request& request)>;
    void add_products();
    void add_variations();
    void add_orders();
    void add_order_extras();
    void add_customers();
    void add_webhooks();
    void add_settings();
    void add_read(const char* path, const Single& read);
    void add_create(const char* path, const std::string& location, const Body& create);
    void add_update(const char* path, const Body& update);
    void add_remove(const char* path, const std::function<Answer(const Ids& ids, bool force)>& remove);
    void add_batch(const char* path, const std::function<BatchOperations(const Ids& ids)>& operations);
    kit::Response routed(const kit::Request& request);

    Context context_;
    Authenticator auth_;
    Authorize authorize_;
    Products products_;
    Variations variations_;
    Orders orders_;
    Customers customers_;
    Webhooks webhooks_;
    kit::Router router_;
};

}  // namespace sandbox::shop
