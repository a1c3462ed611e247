// The WooCommerce connector as the runtime sees it.
#pragma once

#include "common/runtime/connector.h"

namespace shopwire::woocommerce {

runtime::ConnectorSpec spec();

}  // namespace shopwire::woocommerce
