from typing import Any

from django.db import migrations, models


def as_they_were(apps: Any, editor: Any) -> None:
    """Hand-overs were called by their key."""
    apps.get_model("editing", "Handover").objects.update(number=models.F("id"))


class Migration(migrations.Migration):
    dependencies = (("editing", "0001_initial"),)
    operations = (
        migrations.AddField("handover", "number", models.PositiveIntegerField(null=True)),
        migrations.RunPython(as_they_were, migrations.RunPython.noop),
        migrations.AlterField("handover", "number", models.PositiveIntegerField(unique=True)),
        migrations.AddField("change", "alone", models.BooleanField(null=True)),
    )
