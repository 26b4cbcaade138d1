"""The application ``customers``."""

from django.apps import AppConfig

from tierwise.kernel.text import Text
from tierwise_web.common.navigation import Entry
from tierwise_web.people.roles import SEE_CONTACTS, SEE_CUSTOMERS, SEE_POOL, SEE_SEGMENTS


class CustomersConfig(AppConfig):
    """The customer list."""

    name = "tierwise_web.customers"
    label = "customers"
    entries = (
        Entry("customers", Text("Customers", "客户"), "customers:list", SEE_CUSTOMERS, searches=True),
        Entry("customers", Text("Pool", "公海"), "customers:pool", SEE_POOL),
        Entry("customers", Text("Promises", "承诺"), "customers:promises", SEE_CONTACTS),
        Entry("customers", Text("Segments", "客户细分"), "customers:segments", SEE_SEGMENTS),
    )

    def ready(self) -> None:
        """Makes the jobs known."""
        from tierwise_web.customers.jobs import register_all
        from tierwise_web.customers.knowing import forget_expired
        from tierwise_web.workflow.duties import add_duty

        register_all()
        add_duty(forget_expired)
