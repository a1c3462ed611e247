"""One installation with all five systems: five shops, and behind each what its merchant works with.

    one     shop (empty at first), SORS as owner of everything, Logistos for the parcels that go to India
    two     shop, KeyCRM as owner of stock and prices
    three   shop (empty at first), Solteq as owner of everything, customers both ways
    four    shop without webhooks that owns its stock and tells it to the same account of KeyCRM
    five    shop that has sold for a while when Logistos is connected: its merchant's file is written later, by connect("five")
"""

import os
import subprocess

from stack import ADMIN_TOKEN, ERP_KEY, ROOT, SHOP_KEY, SHOP_SECRET, WEBHOOK_SECRET, Program, Stack, StackError, call, free_port

SHOPS = {  # what each sandbox-shop is started with
    "one": ["--currency", "RSD"],
    "two": ["--currency", "UAH", "--tax-country", "UA"],
    "three": ["--currency", "EUR", "--tax-rate", "25.5", "--tax-country", "FI"],
    "four": ["--currency", "UAH", "--tax-country", "UA"],
    "five": ["--currency", "INR", "--tax-country", "IN"],
}
SHOP_SETTINGS = {  # more than all have
    "four": "      webhooks: off\n",
    "five": "      webhooks: off\n      orders_first_read: 87600h\n",
}
CATALOGUE_INTERVAL = {"four": "24h"}  # what bumps no date is found when somebody asks
CONNECTED_LATER = ("five",)
COMPANIES = [  # of SORS
    {"type": 1, "name": "Primer d.o.o.", "pib": "123456788", "debt": 0},
    {"type": 1, "name": "Dužnik d.o.o.", "pib": "200000013", "debt": 900, "creditLimit": 1000},
]
CAMPAIGN_PRODUCTS = ["K-201", "K-202", "K-203"]
CRM_HOOK_SECRET = "sandbox-crm-hook-secret"
SELLER_TOKEN = "sandbox-seller-token"
BACKENDS = {  # the program, what it is started with
    "sors": ("sandbox-erp", ["--key", ERP_KEY]),
    "logistos": ("sandbox-logistos", ["--token", SELLER_TOKEN]),
    "keycrm": ("sandbox-keycrm", ["--key", "sandbox-crm-key", "--rate", "0"]),
    "solteq": ("sandbox-solteq", []),
}
SPEAKS_ONE_DIALECT = ("sors", "solteq")  # what it is told at its start; the carrier understands both
FIRST_DIALECTS = {"sors": "sors-en", "logistos": "logistos-flat", "solteq": "solteq-rest"}
SECOND_DIALECTS = {"sors": "sors-sr", "logistos": "logistos-batch", "solteq": "solteq-alt"}
CONNECTIONS = {
    "one": """
  erp:
    system: sors
    streams: {stock: {interval: 2s}, products: {interval: 4s}}
    settings:
      dialect: %(sors-dialect)s
      base_url: "http://127.0.0.1:%(sors)d"
      api_key: "${env:ERP_KEY}"
      database: Shop2026
      unit: 1
      price_type: gross
      shipping_article_code: DOSTAVA
      fee_article_code: NAKNADA
      images: on
      media_secret: "${env:MEDIA_SECRET}"
      credit_check: hold
  carrier:
    system: logistos
    streams: {integration: {interval: 1s}, tracking: {interval: 2s}}
    settings:
      dialect: %(logistos-dialect)s
      base_url: "http://127.0.0.1:%(logistos)d"
      store_url: "%(shop)s"
      consumer_key: "${env:SHOP_KEY}"
      consumer_secret: "${env:SHOP_SECRET}"
      store: {name: Shop, address: Road 1, city: Pune, state: MH, postcode: "411001", phone: "9800000000"}
      currencies: [RSD]
      default_measures: {weight: 500 g, length: 12 in, width: 8 in, height: 4 in}
      api_token: "${env:SELLER_TOKEN}"
      seller_email: "${env:SELLER_EMAIL}"
      seller_password: "${env:SELLER_PASSWORD}"
      tracking_url: "https://portal.example.test/track/{awb}"
routing:
  orders:
    - from: shop
      to: erp
      export_since: "2026-01-01T00:00:00Z"
      prefix: WC
      document_rules:
        - {has_tax_id: true, type: invoice_delivery_note}
        - {payment_methods: [bank], type: invoice}
        - {payment_methods: [cod], type: delivery_note}
    - from: shop
      to: carrier
      export_since: "2026-01-01T00:00:00Z"
      prefix: IN
      statuses: [processing, completed]
      ignored_statuses: [pending, on-hold, failed, refunded, checkout-draft, auto-draft, trash]
      updates: false
      refunds: false
      filters: {shipping_countries: [IN]}
      back: {complete_on: [DELIVERED], tracking_note: "{carrier} {number}: {status}"}
  stock: [{owner: erp, locations: ["1"], to: shop, release_lag: 100ms}]
  prices: [{from: erp, to: shop}]
  products: [{from: erp, to: shop, publish: true, kinds: [Roba], fields: [name, images, categories, status]}]
""",
    "two": """
  crm:
    system: keycrm
    streams: {orders: {interval: 2s}, stock: {interval: 4s}, products: {interval: 10s}, followups: {interval: 1s}}
    settings:
      base_url: "http://127.0.0.1:%(keycrm)d/v1"
      api_key: "${env:CRM_KEY}"
      webhook_secrets: ["${env:CRM_HOOK_SECRET}"]
      source_id: 4
      statuses: {processing: 4, completed: 12}
      cancel_status_id: 19
      create_status_id: 4
      payment_methods: {cod: 1, stripe: 2}
      refund_as: expense
      send_within: 5s
      timeout: 5s
routing:
  orders:
    - from: shop
      to: crm
      export_since: "2026-01-01T00:00:00Z"
      prefix: WEB
      send_status: true
      refund_as: document
      back: {statuses: {"8": on-hold}, status_groups: {"5": completed, "6": cancelled}, tracking_note: "{carrier} {number}"}
  stock: [{owner: crm, to: shop, release_lag: 100ms}]
  prices: [{from: crm, to: shop}]
""",
    "three": """
  erp:
    system: solteq
    streams: {products: {interval: 2s}, catalogue: {interval: 4s}, campaigns: {interval: 2s}, balances: {interval: 2s}, customers: {interval: 2s}}
    settings:
      dialect: %(solteq-dialect)s
      base_url: "http://127.0.0.1:%(solteq)d"
      identity_url: "http://127.0.0.1:%(solteq)d"
      client_id: sandbox-client
      client_secret: "${env:SOLTEQ_SECRET}"
      web_store_id: store-1
      publish_purchase_price: true
      payment_types: {stripe: PaymentTerminal}
      shipping_sku: SHIPPING
      fee_sku: FEE
      refund_sku: REFUND
      order_changes: refund_and_resend
routing:
  orders:
    - from: shop
      to: erp
      export_since: "2026-01-01T00:00:00Z"
      prefix: EU
      statuses: [processing, completed]
      ignored_statuses: [pending, on-hold, failed, refunded, checkout-draft, auto-draft, trash]
      document_type: invoice
  stock: [{owner: erp, locations: [store-1], to: shop, invoice_moves_stock: true, release_lag: 100ms}]  # a sale takes pieces
  prices: [{from: erp, to: shop, purchase: true}]
  products: [{from: erp, to: shop, publish: true, kinds: [basic, variant]}]
  customers: [{between: [shop, erp], master: erp}]
  identity_key: "${env:IDENTITY_KEY}"
""",
    "four": """
  crm:
    system: keycrm
    budget: two%(tag)s/crm
    streams: {stock: {interval: 4s}, products: {interval: 24h}, buyers: {interval: 24h}}
    settings:
      base_url: "http://127.0.0.1:%(keycrm)d/v1"
      api_key: "${env:CRM_KEY}"
      warehouse_id: 1
      send_within: 5s
      timeout: 5s
routing:
  stock: [{owner: shop, to: crm, release_lag: 100ms}]
""",
    "five": """
  carrier:
    system: logistos
    streams: {integration: {interval: 1s}, tracking: {interval: 24h}}
    settings:
      dialect: %(logistos-dialect)s
      base_url: "http://127.0.0.1:%(logistos)d"
      store_url: "%(shop)s"
      consumer_key: "${env:SHOP_KEY}"
      consumer_secret: "${env:SHOP_SECRET}"
      store: {name: Shop, address: Road 1, city: Pune, state: MH, postcode: "411001", phone: "9800000000"}
      cod_methods: [cod]
      default_measures: {weight: 500 g, length: 12 in, width: 8 in, height: 4 in}
      api_token: "${env:SELLER_TOKEN}"
routing:
  orders:
    - from: shop
      to: carrier
      export_since: "2020-01-01T00:00:00Z"
      prefix: OLD
      statuses: [processing, completed]
      ignored_statuses: [pending, on-hold, failed, refunded, checkout-draft, auto-draft, trash]
      updates: false
      refunds: false
""",
}


def solteq_product(sku):
    """Each belongs to a group and to a supplier of its own, so that a campaign can mean one of them alone."""
    return {"id": f"p-{sku}", "type": "basic", "modelNumber": "", "code": sku, "sku": sku, "gtins": [], "name": sku,
            "categoryIds": ["cat-31" if sku == "K-202" else "cat-20"], "supplierId": "sup-9" if sku == "K-203" else "sup-3",
            "attributes": {}, "vatRate": 25.5, "salesPrice": 29.9, "purchasePrice": 11.2, "discountedPrice": None, "currency": "EUR",
            "baseUnit": "pcs", "isActive": True, "modifiedAt": "2026-11-01T06:00:00Z"}


class Five(Stack):
    """All five connectors and the router as processes of their own."""

    systems = ("sors", "logistos", "keycrm", "solteq", "woocommerce")

    def __init__(self, folder, binaries, bootstrap=None, dialects=FIRST_DIALECTS, tag=""):
        super().__init__(folder, binaries, bootstrap, merchants=tuple(SHOPS), tag=tag)
        self.dialects = dialects
        self.backends = {}

    def start(self):
        super().start()
        for program in self.services.values():  # a mistake in a merchant's file stops no service
            mistakes = [line for line in program.log.read_text(errors="replace").splitlines() if "last good version" in line]
            if mistakes:
                raise StackError(mistakes[0])

    def start_sandboxes(self):
        for merchant, more in SHOPS.items():
            self.shops[merchant] = Program(f"{merchant}-shop", [
                self.binaries / "sandbox-shop", "--name", merchant, "--port", 0, "--https-port", 0, "--control-port", 0, "--consumer-key",
                SHOP_KEY, "--consumer-secret", SHOP_SECRET, "--cert-file", self.folder / f"{merchant}-shop.pem", *more], self.folder)
        for system, (program, more) in BACKENDS.items():
            more = [*more, "--dialect", self.dialects[system]] if system in SPEAKS_ONE_DIALECT else more
            self.erps[system] = Program(f"sandbox-{system}", [self.binaries / program, "--port", 0, "--control-port", 0, *more], self.folder)
        programs = [*self.shops.values(), *self.erps.values()]
        for program in programs:
            program.start()
        for program in programs:
            self.ports[program.name.removeprefix("sandbox-")] = program.ready()

    def seed(self, merchant):
        import scenario
        self.shop_control("seed", {"coupons": scenario.COUPONS}, merchant=merchant)
        if merchant == "one":
            scenario.seed_erp(self.control("sors"), scenario.ARTICLES)
            self.control("sors")("seed", {"database": "Shop2026", "customers": COMPANIES})
        if merchant == "two":
            self.control("keycrm")("rule", {"status_id": 4, "reserves": True})
            for offer in (9001, 9002):
                self.control("keycrm")("stock", {"offer_id": offer, "warehouse_id": 1, "quantity": "60"})
            self.control("keycrm")("switches", {"status_on_create": True})
            return self.shop_control("seed", {"products": [
                {"sku": f"K-{number}", "name": f"Article {number}", "price": "1.00", "stock": 0} for number in range(1, 9)]},
                merchant=merchant)["ids"]
        if merchant == "three":
            self.control("solteq")("seed", {
                "balances": [{"sku": sku, "stockId": "stock-1", "freeBalance": 60} for sku in ("K-100", *CAMPAIGN_PRODUCTS)],
                "categories": [{"id": "cat-30", "parentId": None, "name": "Garden"}, {"id": "cat-31", "parentId": "cat-30", "name": "Pots"}],
                "products": [solteq_product(sku) for sku in CAMPAIGN_PRODUCTS]})
        if merchant == "four":
            return self.shop_control("seed", {"products": [
                {"sku": sku, "name": sku, "price": "10.00", "stock": pieces} for sku, pieces in (("K-101", 40), ("K-102", 25), ("K-103", 7))]},
                merchant=merchant)["ids"]
        if merchant == "five":
            return self.shop_control("seed", {"products": [{"sku": "IN-1", "name": "Shawl", "price": "1234.56", "stock": 500}]}, merchant=merchant)["ids"]
        return {}

    def service(self, name, pod=0):
        program = super().service(name, pod)
        program.env |= {"CRM_KEY": "sandbox-crm-key", "CRM_HOOK_SECRET": CRM_HOOK_SECRET, "SELLER_EMAIL": "seller@example.test",
                        "SELLER_PASSWORD": "demo-password", "SELLER_TOKEN": SELLER_TOKEN, "SOLTEQ_SECRET": "sandbox-secret", "IDENTITY_KEY": "sandbox-identity-key",
                        "MEDIA_SECRET": "sandbox-media-secret-of-32-letters"}
        return program

    def write_config(self):
        (self.config / "merchants").mkdir(parents=True, exist_ok=True)
        for name in ("woocommerce", "keycrm", "sors"):
            self.ports[f"{name}-hooks"] = free_port()
        runtime = ", ".join(f"{key}: {value}" for key, value in self.runtime.items())
        services = "".join(f"  {name}: {{admin_listen: \"127.0.0.1:0\", admin_token: \"${{env:ADMIN_TOKEN}}\"{self.hook_settings(name)}}}\n"
                           for name in ("router", *self.systems))
        budget = "{per_second: 500, burst: 100, concurrency: 8}"
        budgets = "".join(f"  {merchant}{self.tag}/{connection}: {budget}\n" for merchant, connection in (
            ("one", "shop"), ("one", "erp"), ("one", "carrier"), ("two", "shop"), ("two", "crm"), ("three", "shop"), ("three", "erp"), ("four", "shop"), ("five", "shop")))
        budgets += f"  five{self.tag}/carrier: {{per_second: 4, burst: 1, concurrency: 1}}\n"  # slow enough to be interrupted
        partitions = ", ".join(f"{name}: 4" for name in self.systems)
        (self.config / "installation.yaml").write_text(f"""kafka: {{bootstrap: "{self.kafka.bootstrap}"}}
router_partitions: 4
system_partitions: {{{partitions}}}
state_dir: "{self.folder / 'state'}"
services:
{services}runtime: {{{runtime}}}
budgets:
{budgets}""")
        for merchant in self.merchants:
            if merchant not in CONNECTED_LATER:
                self.connect(merchant)
        hooks = f"http://127.0.0.1:{self.ports['keycrm-hooks']}/webhooks/two{self.tag}/crm/{CRM_HOOK_SECRET}"
        self.control("keycrm")("webhooks", {"stock": [{"url": hooks}], "triggers": [
            {"event": "order.change_order_status", "url": hooks}, {"event": "order.change_payment_status", "url": hooks}]})

    def connect(self, merchant):
        """A new file in the folder; the services take it while they run."""
        file = self.config / "merchants" / f"{merchant}{self.tag}.yaml"
        new = file.with_suffix(".new")
        new.write_text(self.merchant_yaml(merchant))
        new.rename(file)

    def shopwire(self, *arguments):
        """The command line, which is told where the services are."""
        ports = [part for name in self.services for part in ("--admin", f"{name}={self.admin(name)}")]
        return subprocess.run([self.binaries / "shopwire", *arguments, "--bootstrap", self.kafka.bootstrap, *ports], capture_output=True,
                              text=True, timeout=180, cwd=ROOT, env={**os.environ, "SHOPWIRE_ADMIN_TOKEN": ADMIN_TOKEN})

    def hook_settings(self, service):
        port = self.ports.get(f"{service}-hooks")
        return f", webhook_listen: \"127.0.0.1:{port}\", public_url: \"http://127.0.0.1:{port}\"" if port else ""

    def merchant_yaml(self, merchant):
        addresses = {system: self.ports[system]["http"] for system in BACKENDS} | {"shop": self.shop_url_tls(merchant)}
        addresses |= {f"{system}-dialect": dialect for system, dialect in self.dialects.items()} | {"tag": self.tag}
        return f"""merchant: {merchant}{self.tag}
connections:
  shop:
    system: woocommerce
    streams: {{orders: {{interval: 2s}}, products: {{interval: 2s}}, customers: {{interval: 2s}}, catalogue: {{interval: {CATALOGUE_INTERVAL.get(merchant, '5s')}}}}}
    settings:
      base_url: "{self.shop_url_tls(merchant)}"
      consumer_key: "${{env:SHOP_KEY}}"
      consumer_secret: "${{env:SHOP_SECRET}}"
      ca_file: "{self.folder / f'{merchant}-shop.pem'}"
      webhook_secrets: ["${{env:HOOK_SECRET}}"]
{SHOP_SETTINGS.get(merchant, "")}""".rstrip("\n") + CONNECTIONS[merchant] % addresses

    def shop_url_tls(self, merchant):
        return f"https://127.0.0.1:{self.ports[f'{merchant}-shop']['https']}"

    def control(self, system):
        """The control port of a system that is no shop, as a function of path and body."""
        def ask(path, body=None):
            return call("GET" if body is None else "POST", f"http://127.0.0.1:{self.ports[system]['control']}/__sandbox/{path}", body)
        return ask

    def writes(self):
        """How many writing requests each sandbox has answered, by method and path."""
        counted = {}
        for name, program in {**self.shops, **self.erps}.items():
            url = f"http://127.0.0.1:{program.ready()['control']}/__sandbox/requests?limit=20000"
            for request in call("GET", url)["requests"]:
                if request["method"] != "GET" and not request["path"].endswith(("/connect/token", "/users/login/")):
                    key = f"{name}: {request['method']} {request['path']}"
                    counted[key] = counted.get(key, 0) + 1
        return counted
